using SigstorePS.Oci;

namespace SigstorePS.Documents;

/// <summary>What a build would be told beside the Dockerfile.</summary>
internal sealed record DockerfileRules
{
    /// <summary><c>--build-arg</c>; only what the file declares takes it.</summary>
    public IReadOnlyDictionary<string, string> Arguments { get; init; } = new Dictionary<string, string>();

    /// <summary><c>--platform</c>; null: it is not known, and what is made of it cannot be told.</summary>
    public Platform? Platform { get; init; }

    /// <summary>Only the image under the last stage.</summary>
    public bool BaseImageOnly { get; init; }
}
