using System.Management.Automation;
using System.Security;
using SigstorePS.CmdletHost;
using SigstorePS.Commands;
using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>Tokens and their keys as cmdlets show and take them, with SoftHSM.</summary>
public sealed class Pkcs11CmdletTests(SignedImages images) : IClassFixture<SignedImages>
{
    [Fact]
    public void Tokens_are_listed_by_label()
    {
        SoftHsm hsm = SoftHsm.Require();
        RunResult all = images.Run("Get-Pkcs11Token", new() { ["ModulePath"] = hsm.Module });
        Assert.Empty(all.Errors);
        Assert.Contains(all.Output.Cast<Pkcs11Token>(), static t => !t.Initialized);

        Pkcs11Token token = (Pkcs11Token)Assert.Single(images.Run(
            "Get-Pkcs11Token", new() { ["ModulePath"] = hsm.Module, ["Label"] = new[] { "SHO*" } }).Output)!;
        Assert.Equal(("shown", $"pkcs11:token=shown?module-path={hsm.Module}"), (token.ToString(), token.Uri));
        Assert.True(token is { Initialized: true, LoginRequired: true, PinLocked: false });
        Assert.Equal(hsm.Module, token.ModulePath);
    }

    [Fact]
    public void Keys_of_a_token_from_the_pipeline_give_their_public_halves_and_sign()
    {
        SoftHsm hsm = SoftHsm.Require();
        string uri = hsm.Reference("cmdlet", "object=signing;id=%0a");
        RunResult made = images.Run("New-SigstoreKeyPair", new()
        {
            ["Key"] = uri, ["Pin"] = Secret(SoftHsm.Pin), ["OutputPrefix"] = "token",
        });
        Assert.Empty(made.Errors);
        SigstoreKeyPair pair = (SigstoreKeyPair)Assert.Single(made.Output)!;
        Assert.Equal(uri, pair.Reference);

        object token = Assert.Single(images.Run(
            "Get-Pkcs11Token", new() { ["ModulePath"] = hsm.Module, ["Label"] = new[] { "cmdlet" } }).Output)!;
        RunResult keys = images.Run("Get-Pkcs11Key", [], token);
        Assert.Empty(keys.Errors);
        Pkcs11Key open = (Pkcs11Key)Assert.Single(keys.Output)!;
        Assert.Equal(("cmdlet", "signing", "0a", pair.KeyId, pair.Algorithm), (
            open.Token, open.Label, open.Id, open.KeyId, open.Algorithm));
        Assert.Equal(hsm.Reference("cmdlet", "id=%0a"), open.Uri);

        Pkcs11Key key = (Pkcs11Key)Assert.Single(images.Run("Get-Pkcs11Key", new()
        {
            ["Token"] = new object[] { "cmdlet" }, ["ModulePath"] = hsm.Module, ["Pin"] = Secret(SoftHsm.Pin),
            ["Label"] = new[] { "sign*" }, ["Id"] = new[] { "0A" },
        }).Output)!;
        Assert.Equal(uri, key.Uri);
        Assert.Empty(images.Run("Get-Pkcs11Key", new() { ["Label"] = new[] { "other" } }, token).Output);

        SigstorePublicKey half = (SigstorePublicKey)Assert.Single(
            images.Run("Get-SigstorePublicKey", [], key).Output)!;
        Assert.Equal((pair.KeyId, uri), (half.KeyId, half.Reference));

        RunResult signed = images.Run("Set-ImageSignature", new()
        {
            ["Image"] = images.Other, ["Key"] = new object[] { key }, ["Pin"] = Secret(SoftHsm.Pin),
            ["SkipTransparencyLog"] = true,
        });
        Assert.Empty(signed.Errors);
        RunResult verified = images.Run("Test-ImageSignature", new()
        {
            ["Image"] = images.Other, ["Key"] = new object[] { images.File("token.pub") },
            ["SkipTransparencyLog"] = true,
        });
        Assert.Empty(verified.Errors);
        Assert.True(((ImageVerification)Assert.Single(verified.Output)!).Verified);
    }

    [Fact]
    public void Wrong_pins_and_missing_tokens_are_errors_of_their_token()
    {
        SoftHsm hsm = SoftHsm.Require();
        RunResult wrong = images.Run("Get-Pkcs11Key", new()
        {
            ["Token"] = new object[] { "shown" }, ["ModulePath"] = hsm.Module, ["Pin"] = Secret("97531864"),
        });
        ErrorRecord refused = Assert.Single(wrong.Errors);
        Assert.Equal("WrongPin,SigstorePS.Commands.GetPkcs11KeyCommand", refused.FullyQualifiedErrorId);
        Assert.Equal("shown", refused.TargetObject);
        Assert.DoesNotContain("97531864", refused.ToString(), StringComparison.Ordinal);

        RunResult missing = images.Run("Get-Pkcs11Key", new()
        {
            ["Token"] = new object[] { "none" }, ["ModulePath"] = hsm.Module, ["Pin"] = Secret("97531864"),
        });
        Assert.Equal(
            "Pkcs11TokenNotFound,SigstorePS.Commands.GetPkcs11KeyCommand",
            Assert.Single(missing.Errors).FullyQualifiedErrorId);

        RunResult odd = images.Run("Get-Pkcs11Key", new() { ["ModulePath"] = hsm.Module }, 42);
        Assert.Equal(
            "InvalidValue,SigstorePS.Commands.GetPkcs11KeyCommand", Assert.Single(odd.Errors).FullyQualifiedErrorId);
    }

    [Fact]
    public void One_pin_goes_to_one_token()
    {
        SoftHsm hsm = SoftHsm.Require();
        SecureString pin = Secret(SoftHsm.Pin);
        ErrorRecord all = Assert.Single(images.Run("Get-Pkcs11Key", new()
        {
            ["ModulePath"] = hsm.Module, ["Pin"] = pin,
        }).Errors);
        Assert.Equal("KeyAmbiguous,SigstorePS.Commands.GetPkcs11KeyCommand", all.FullyQualifiedErrorId);
        Assert.All(
            images.Run("Get-Pkcs11Key", new()
            {
                ["Token"] = new object[] { "shown", "own" }, ["ModulePath"] = hsm.Module, ["Pin"] = pin,
            }).Errors,
            static e => Assert.StartsWith("KeyAmbiguous,", e.FullyQualifiedErrorId, StringComparison.Ordinal));

        // Neither has the key; the second one does not get as far as that.
        object[] keys =
        [
            hsm.Reference("own", "object=none"), hsm.Reference("shown", "object=none"),
            hsm.Reference("own", "object=none"), hsm.Reference("shown", "object=none", $"&pin-value={SoftHsm.Pin}"),
        ];
        Dictionary<string, object?> byPin = new() { ["Pin"] = pin };
        foreach (RunResult result in (RunResult[])[images.Run("Get-SigstoreKey", new(byPin) { ["Key"] = keys }),
            images.Run("Get-SigstoreKey", byPin, keys)])
        {
            Assert.Equal(
                ["KeyNotFound", "PinRequired", "KeyNotFound", "KeyNotFound"],
                result.Errors.Select(static e => e.FullyQualifiedErrorId.Split(',')[0]));
        }
    }

    [Fact]
    public void A_module_that_is_not_there_ends_the_command()
    {
        RunResult result = images.Session.Invoke("Get-Pkcs11Token", new() { ["ModulePath"] = "/no/such/module.so" });
        ErrorRecord error = SignedImages.Terminating(result);
        Assert.Equal("Pkcs11ModuleUnavailable,SigstorePS.Commands.GetPkcs11TokenCommand", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.ResourceUnavailable, error.CategoryInfo.Category);
    }

    [Fact]
    public void Module_paths_complete_to_modules()
    {
        Assert.All(
            new ModulePathCompleter().CompleteArgument("", "", "softhsm", null!, new Dictionary<string, object>()),
            static found => Assert.Contains("softhsm", found.CompletionText, StringComparison.OrdinalIgnoreCase));
    }

    private static SecureString Secret(string text)
    {
        SecureString secret = new();
        foreach (char c in text)
        {
            secret.AppendChar(c);
        }

        return secret;
    }
}
