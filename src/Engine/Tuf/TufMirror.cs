using SigstorePS.Http;

namespace SigstorePS.Tuf;

/// <summary>The address of a TUF repository: <c>https</c>, <c>http</c> in one's own network, or <c>file</c>.</summary>
internal sealed record TufMirror
{
    private TufMirror(Uri address) => Address = address;

    /// <summary>The public repository of sigstore.</summary>
    public static TufMirror Public { get; } = new(new Uri("https://tuf-repo-cdn.sigstore.dev"));

    public Uri Address { get; }

    public bool IsPublic => this == Public;

    public bool IsFolder => Address.IsFile;

    /// <summary>The folder's name that cosign gives this mirror in its cache.</summary>
    public string CosignName
    {
        get
        {
            string text = ToString();
            foreach (string scheme in (string[])["https://", "http://"])
            {
                text = text.StartsWith(scheme, StringComparison.Ordinal) ? text[scheme.Length..] : text;
            }

            return text.Replace('/', '-').Replace(':', '-').ToLowerInvariant();
        }
    }

    /// <summary>Ours: <c>http://a/b</c> and <c>https://a-b</c> must not share a folder, nor a trusted root.</summary>
    public string CacheName => $"{TufPath.FileName(CosignName)}-{TufPath.HashOf(ToString())[..12]}";

    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static TufMirror Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? address)
            ? Of(address)
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidValue, $"'{text}' is not the address of a TUF mirror.");

    /// <exception cref="SigstoreException">InvalidValue.</exception>
    public static TufMirror Of(Uri address)
    {
        bool allowed = address.IsAbsoluteUri && address.UserInfo.Length == 0 && address.Query.Length == 0
            && address.Fragment.Length == 0
            && address.Scheme switch
            {
                "https" => HostScope.HasHost(address),

                // Metadata is signed, but which of two valid states is served would be anybody's to choose.
                "http" => HostScope.HasHost(address) && HostScope.IsPrivate(address.IdnHost),
                "file" => address.IsLoopback && !address.IsUnc,
                _ => false,
            };
        return allowed
            ? new TufMirror(new Uri(address.AbsoluteUri.TrimEnd('/')))
            : throw new SigstoreException(
                SigstoreErrorCode.InvalidValue,
                $"'{address.OriginalString}' cannot be a TUF mirror; use https, http in a private network, or file:///.");
    }

    public ITufSource Open(HttpChannel channel) =>
        IsFolder ? new FileTufSource(Address.LocalPath) : new HttpTufSource(channel, Address);

    public override string ToString() => Address.AbsoluteUri.TrimEnd('/');
}
