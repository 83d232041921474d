namespace SigstorePS.Oidc;

/// <summary>What the environment says about who could log in here.</summary>
internal static class LoginSurroundings
{
    /// <summary>Variables that CI systems set, most of them to <c>true</c>.</summary>
    private static readonly string[] CiVariables =
    [
        "CI", "TF_BUILD", "GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "CIRCLECI", "BITBUCKET_BUILD_NUMBER",
        "JENKINS_URL", "TEAMCITY_VERSION", "APPVEYOR", "TRAVIS", "CODEBUILD_BUILD_ID", "BITRISE_IO", "DRONE",
    ];

    /// <summary>What a job of a CI system lacks that could have a token, by the variable that tells the system.</summary>
    private static readonly (string Variable, string Advice)[] Advices =
    [
        ("GITHUB_ACTIONS", "GitHub Actions: the job needs 'permissions: id-token: write'."),
        ("GITLAB_CI", "GitLab: the job needs 'id_tokens: SIGSTORE_ID_TOKEN: aud: sigstore'."),
        ("TF_BUILD", "Azure Pipelines: the step needs 'env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)'."),
        ("BITBUCKET_BUILD_NUMBER", "Bitbucket: the step needs 'oidc: audiences: [sigstore]'."),
        ("CIRCLECI", "CircleCI: the job needs a context, and SIGSTORE_ID_TOKEN from 'circleci run oidc get'."),
    ];

    /// <summary>What to write into the job, where the CI system is known; else null.</summary>
    public static string? AdviceFor(Func<string, string?> environment) =>
        Advices.FirstOrDefault(a => !string.IsNullOrEmpty(environment(a.Variable))).Advice;

    /// <summary>The variable that says this is a CI job; null when none does.</summary>
    public static string? CiVariable(Func<string, string?> environment) => CiVariables.FirstOrDefault(name =>
        environment(name) is { Length: > 0 } value && value != "0"
        && !value.Equals("false", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a browser that opens here is one that the user sees.</summary>
    public static bool HasBrowser(Func<string, string?> environment)
    {
        bool Has(string name) => !string.IsNullOrEmpty(environment(name));

        // Editors that work over SSH set BROWSER to a program that opens it on the user's own machine.
        return Has("BROWSER")
            || (!Has("SSH_CONNECTION") && !Has("SSH_TTY")
                && (!OperatingSystem.IsLinux() || Has("DISPLAY") || Has("WAYLAND_DISPLAY")));
    }
}
