using System.Net;
using System.Security;

namespace System.Management.Automation;

public sealed class PSCredential
{
    public PSCredential(string userName, SecureString password)
    {
        if (string.IsNullOrEmpty(userName))
        {
            throw new PSArgumentException("The user name of a credential is empty.", nameof(userName));
        }

        ArgumentNullException.ThrowIfNull(password);
        UserName = userName;
        Password = password;
    }

    public string UserName { get; }

    public SecureString Password { get; }

    public static explicit operator NetworkCredential(PSCredential credential) => credential.GetNetworkCredential();

    public NetworkCredential GetNetworkCredential()
    {
        int slash = UserName.IndexOf('\\', StringComparison.Ordinal);
        return slash < 0
            ? new NetworkCredential(UserName, Password)
            : new NetworkCredential(UserName[(slash + 1)..], Password, UserName[..slash]);
    }
}
