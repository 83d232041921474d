using System.Globalization;
using System.Management.Automation;
using System.Security;
using SigstorePS.Keys;
using SigstorePS.Operations;

namespace SigstorePS.Commands;

/// <summary>Lists the key pairs on PKCS #11 tokens, as <c>-Key</c> takes them.</summary>
[Cmdlet(VerbsCommon.Get, "Pkcs11Key")]
[OutputType(typeof(Pkcs11Key))]
public sealed class GetPkcs11KeyCommand : SigstoreCmdlet
{
    /// <summary>Tokens: labels, or what Get-Pkcs11Token returned. Default: every token of the module.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public object[]? Token { get; set; }

    /// <summary>Labels of keys to list; wildcards allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Label { get; set; } = ["*"];

    /// <summary>Ids of keys to list, hex; wildcards allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Id { get; set; } = ["*"];

    /// <summary>The module: a library. Default: the token's, else COSIGN_PKCS11_MODULE_PATH.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ModulePathCompleter))]
    public string? ModulePath { get; set; }

    /// <summary>
    /// PIN of the token. Default: COSIGN_PKCS11_PIN; without either, only what a token shows to everybody is listed,
    /// and a prompt asks for it where that is nothing.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Pin { get; set; }

    private TokenPins? _pins;

    private protected override void Process()
    {
        _pins ??= new TokenPins(this, Pin);
        Pkcs11Query all = new()
        {
            ModulePath = ModulePath is null ? null : new PathResolver(this).Unresolved(ModulePath),
            PinGiven = Pin is not null,
            OneOfSeveral = Token is { Length: > 1 },
        };
        if (Token is null)
        {
            Attempt(null, () => List(all));
            return;
        }

        foreach (object token in Token)
        {
            Attempt(token, () => List(Narrowed(all, KeyArguments.Unwrap(token))));
        }
    }

    private void List(Pkcs11Query query)
    {
        // The variable's PIN is for one token: of those that follow in a pipeline what is public is listed.
        query = query with { Login = Pin is not null || (_pins!.IsGiven && !_pins.IsSpent) };
        KeyAccess access = _pins!.For(KeyAccess.WithoutPassword);
        WildcardPattern[] labels = Patterns(Label);
        WildcardPattern[] ids = Patterns(Id);
        foreach (Pkcs11Key key in Await(cancel => Engine.Tokens.KeysAsync(query, access, cancel)))
        {
            if (labels.Any(p => p.IsMatch(key.Label)) && ids.Any(p => p.IsMatch(key.Id)))
            {
                WriteObject(key);
            }
        }
    }

    /// <summary>A token object is meant with its slot: another one may have its label.</summary>
    private static Pkcs11Query Narrowed(Pkcs11Query all, object token) => token switch
    {
        string label => all with { Token = label },
        Pkcs11Token known => all with
        {
            Token = known.Label, SlotId = known.SlotId, ModulePath = all.ModulePath ?? known.ModulePath,
        },
        PSObject twin when ObjectValues.Exact(twin, "Label") is { } label
            && twin.Properties["SlotId"]?.Value is { } slot => all with
            {
                Token = label,
                SlotId = Convert.ToInt64(slot, CultureInfo.InvariantCulture),
                ModulePath = all.ModulePath ?? ObjectValues.Exact(twin, "ModulePath"),
            },
        _ => throw new SigstoreException(
            SigstoreErrorCode.InvalidValue,
            $"A {token.GetType().Name} is no token; give a label, or what Get-Pkcs11Token returned."),
    };

    private static WildcardPattern[] Patterns(string[] texts) =>
        [.. texts.Select(static text => new WildcardPattern(text, WildcardOptions.IgnoreCase))];
}
