using System.Security.Cryptography;

namespace SigstorePS.Support.Keys;

/// <summary>Key pairs behind the imitations of clouds, made once: RSA keys take long.</summary>
public static class CloudKeyMaterial
{
    private static readonly Dictionary<int, RSA> Rsas = [];
    private static readonly Lock Gate = new();

    public static RSA Rsa(int bits)
    {
        lock (Gate)
        {
            return Rsas.TryGetValue(bits, out RSA? rsa) ? rsa : Rsas[bits] = RSA.Create(bits);
        }
    }

    public static ECDsa Ec(int bits) => ECDsa.Create(bits switch
    {
        256 => ECCurve.NamedCurves.nistP256,
        384 => ECCurve.NamedCurves.nistP384,
        _ => ECCurve.NamedCurves.nistP521,
    });
}
