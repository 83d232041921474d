using System.Management.Automation;
using System.Management.Automation.Host;
using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;

namespace SigstorePS.Commands;

/// <summary>
/// Passwords of keys: the parameter, else COSIGN_PASSWORD (also when it is set to nothing), else a prompt. Each answer
/// is a fresh copy that the caller zeroes. Pipeline thread only.
/// </summary>
internal sealed class PasswordSource(
    PSCmdlet cmdlet, SecureString? given, string parameter = "Password", string? variable = PasswordSource.Variable)
{
    public const string Variable = "COSIGN_PASSWORD";

    /// <summary>The password of an existing key.</summary>
    /// <exception cref="SigstoreException">PasswordRequired.</exception>
    public byte[] Existing(string key) => WithoutPrompt() ?? Prompt($"Password for {key}");

    /// <summary>The password of a key to be made; a prompt asks twice.</summary>
    /// <exception cref="SigstoreException">PasswordRequired, WrongPassword (the two differ).</exception>
    public byte[] New(string key)
    {
        if (WithoutPrompt() is { } known)
        {
            return known;
        }

        byte[] first = Prompt($"Password for the new key {key}");
        byte[] second = Prompt("The same again");
        try
        {
            if (first.AsSpan().SequenceEqual(second))
            {
                return first;
            }

            CryptographicOperations.ZeroMemory(first);
            throw new SigstoreException(SigstoreErrorCode.WrongPassword, "The two passwords differ.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(second);
        }
    }

    /// <summary>The bytes (UTF-8) of a secure string; the caller zeroes them.</summary>
    public static byte[] Bytes(SecureString secret)
    {
        char[] characters = GC.AllocateArray<char>(secret.Length, pinned: true);
        nint copy = Marshal.SecureStringToGlobalAllocUnicode(secret);
        try
        {
            Marshal.Copy(copy, characters, 0, characters.Length);
            byte[] bytes = GC.AllocateArray<byte>(Encoding.UTF8.GetByteCount(characters), pinned: true);
            Encoding.UTF8.GetBytes(characters, bytes);
            return bytes;
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(copy);
            Array.Clear(characters);
        }
    }

    private byte[]? WithoutPrompt()
    {
        if (given is not null)
        {
            return Bytes(given);
        }

        string? text = variable is null ? null : Environment.GetEnvironmentVariable(variable);
        return text is null ? null : Encoding.UTF8.GetBytes(text);
    }

    private byte[] Prompt(string question)
    {
        try
        {
            PSHostUserInterface? screen = cmdlet.Host?.UI;
            screen?.Write($"{question}: ");
            using SecureString? answer = screen?.ReadLineAsSecureString();
            return answer is null ? throw Required(inner: null) : Bytes(answer);
        }
        catch (Exception e) when (e is PSInvalidOperationException or NotImplementedException or HostException)
        {
            cmdlet.Host?.UI?.WriteLine(string.Empty);
            throw Required(e);
        }
    }

    private SigstoreException Required(Exception? inner) => new(
        SigstoreErrorCode.PasswordRequired,
        $"A password is needed, and this session cannot ask for one. Give -{parameter}"
        + (variable is null ? "." : $" or set {variable}."),
        inner);
}
