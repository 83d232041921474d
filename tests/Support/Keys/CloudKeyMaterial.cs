using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace SigstorePS.Support.Keys;

/// <summary>Key pairs behind the imitations of clouds, made once: RSA keys take long.</summary>
public static class CloudKeyMaterial
{
    private static readonly ConcurrentDictionary<int, Lazy<RSA>> Rsas = new();

    public static RSA Rsa(int bits) =>
        Rsas.GetOrAdd(bits, static size => new Lazy<RSA>(() => RSA.Create(size))).Value;

    public static ECDsa Ec(int bits) => ECDsa.Create(bits switch
    {
        256 => ECCurve.NamedCurves.nistP256,
        384 => ECCurve.NamedCurves.nistP384,
        _ => ECCurve.NamedCurves.nistP521,
    });
}
