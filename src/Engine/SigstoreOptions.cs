namespace SigstorePS;

/// <summary>What the engine takes from its surroundings, read once so that tests and runspaces can differ.</summary>
internal sealed record SigstoreOptions
{
    /// <summary>Looks up an environment variable; null when it is not set.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>The user's home folder, where docker and podman keep their configuration.</summary>
    public required string Home { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public static SigstoreOptions FromProcess() => new()
    {
        Environment = System.Environment.GetEnvironmentVariable,
        Home = System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile),
    };
}
