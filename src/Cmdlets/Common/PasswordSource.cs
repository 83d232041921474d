using System.Management.Automation;
using System.Management.Automation.Host;
using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;

namespace SigstorePS.Commands;

/// <summary>What opens a key: how it is called, where it may come from, and the error when it is missing.</summary>
internal sealed record SecretKind(string Name, string Parameter, string? Variable, SigstoreErrorCode Required)
{
    public static SecretKind Password { get; } =
        new("password", "Password", PasswordSource.Variable, SigstoreErrorCode.PasswordRequired);

    /// <summary>Of a key that is to be imported; the variable holds that of the new one.</summary>
    public static SecretKind KeyPassword { get; } =
        new("password", "KeyPassword", null, SigstoreErrorCode.PasswordRequired);

    public static SecretKind Pin { get; } =
        new("PIN", "Pin", "COSIGN_PKCS11_PIN", SigstoreErrorCode.PinRequired);
}

/// <summary>
/// Passwords of keys: the parameter, else the variable (also when it is set to nothing), else a prompt. Each answer is
/// a fresh copy that the caller zeroes. Pipeline thread only.
/// </summary>
internal sealed class PasswordSource(PSCmdlet cmdlet, SecureString? given, SecretKind kind)
{
    public const string Variable = "COSIGN_PASSWORD";

    public PasswordSource(PSCmdlet cmdlet, SecureString? given)
        : this(cmdlet, given, SecretKind.Password)
    {
    }

    /// <summary>The password of an existing key.</summary>
    /// <exception cref="SigstoreException">PasswordRequired, PinRequired.</exception>
    public byte[] Existing(string key) => WithoutPrompt()
        ?? Prompt($"{char.ToUpperInvariant(kind.Name[0])}{kind.Name[1..]} for {key}");

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

        string? text = kind.Variable is null ? null : Environment.GetEnvironmentVariable(kind.Variable);
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
        kind.Required,
        $"A {kind.Name} is needed, and this session cannot ask for one. Give -{kind.Parameter}"
        + (kind.Variable is null ? "." : $" or set {kind.Variable}."),
        inner);
}
