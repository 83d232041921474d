namespace SigstorePS.Build;

/// <summary>A step cannot go on; the message is all the reader needs.</summary>
internal sealed class BuildFailure(string message) : Exception(message);
