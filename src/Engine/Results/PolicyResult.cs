namespace SigstorePS;

/// <summary>
/// What the policies say of one image. <c>Test-SigstorePolicy</c> emits it when the image may run; a refused one travels
/// as the target of the error record.
/// </summary>
public sealed class PolicyResult
{
    /// <summary>The reference that was given.</summary>
    public required string Image { get; init; }

    /// <summary>The digest that was judged; empty when nothing had to be looked at.</summary>
    public string Digest { get; init; } = string.Empty;

    /// <summary><c>Passed</c>, <c>Warned</c>, or the error id.</summary>
    public required string Status { get; init; }

    /// <summary>True when the image may run, with warnings or without.</summary>
    public required bool Passed { get; init; }

    /// <summary>Why it may not run; null when it may.</summary>
    public string? Reason { get; init; }

    /// <summary>Every policy that is about the image, with its verdict.</summary>
    public PolicyVerdict[] Policies { get; init; } = [];

    /// <summary>What policies of mode <c>warn</c> would have refused, and images without a policy.</summary>
    public string[] Warnings { get; init; } = [];

    /// <summary>Kind of the resource the image is used in; null without one.</summary>
    public string? Kind { get; init; }

    /// <summary>Name of that resource.</summary>
    public string? Name { get; init; }

    /// <summary>Its namespace.</summary>
    public string? Namespace { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Image} {Status}";
}

/// <summary>What one policy says.</summary>
public sealed class PolicyVerdict
{
    /// <summary>Name of the policy.</summary>
    public required string Policy { get; init; }

    /// <summary><c>enforce</c> or <c>warn</c>.</summary>
    public required string Mode { get; init; }

    /// <summary><c>Passed</c>, or the error id.</summary>
    public required string Status { get; init; }

    /// <summary>Whether the image satisfies it.</summary>
    public required bool Passed { get; init; }

    /// <summary>Why it does not; null when it does.</summary>
    public string? Reason { get; init; }

    /// <summary>Every authority, in the order of the policy.</summary>
    public AuthorityVerdict[] Authorities { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{Policy} {Status}";
}

/// <summary>What one authority of a policy says.</summary>
public sealed class AuthorityVerdict
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary><c>key</c>, <c>keyless</c> or <c>static</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>
    /// <c>Passed</c>, <c>NotEvaluated</c> when another one was enough, or the error id.
    /// </summary>
    public required string Status { get; init; }

    /// <summary>Whether it vouches for the image.</summary>
    public required bool Passed { get; init; }

    /// <summary>Why it does not; null when it does.</summary>
    public string? Reason { get; init; }

    /// <summary>Keys or identities that signed.</summary>
    public string? Signer { get; init; }

    /// <summary>How many signatures, or attestations, passed.</summary>
    public int Signatures { get; init; }

    /// <summary>Every check that was made or left out, and why.</summary>
    public VerificationCheck[] Checks { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Status}";
}
