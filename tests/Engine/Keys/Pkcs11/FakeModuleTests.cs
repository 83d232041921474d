using System.Security.Cryptography;
using System.Text;
using SigstorePS.Crypto;
using SigstorePS.Keys;
using SigstorePS.Keys.Pkcs11;
using SigstorePS.Operations;
using SigstorePS.Support;
using PublicKey = SigstorePS.Crypto.PublicKey;

namespace SigstorePS.Tests.Keys.Pkcs11;

/// <summary>The binding against a module that answers as it is told: both layouts, lies, removal, wrong PINs.</summary>
public sealed class FakeModuleTests : IDisposable
{
    private const string Key = "pkcs11:token=fake;object=k?module-path=/fake/module.so";
    private static readonly CLayout Packed = new(4, 8, packed: true);

    private readonly KeyWorld _world = new();
    private FakeModule _fake = new(CLayout.Native);
    private int _asked;

    public void Dispose()
    {
        _fake.Dispose();
        _world.Dispose();
    }

    [Theory]
    [InlineData(8, false)]
    [InlineData(8, true)]
    [InlineData(4, false)]
    [InlineData(4, true)]
    public async Task Both_layouts_work_from_slot_to_signature(int ulongSize, bool packed)
    {
        Use(new CLayout(ulongSize, 8, packed));
        using ISigner signer = await OpenAsync();
        byte[] signature = await signer.SignAsync("hello"u8.ToArray(), default);
        Assert.True(signer.PublicKey.Verify("hello"u8, signature, SigningAlgorithm.EcdsaP256));

        Pkcs11Token token = Assert.Single(await Operations().TokensAsync(new Pkcs11Query { ModulePath = "/m" }, default));
        Assert.Equal(("fake", "Fakes", "F1", "0042", 5), (
            token.Label, token.Manufacturer, token.Model, token.SerialNumber, token.SlotId));
        Assert.True(token is { Initialized: true, LoginRequired: true, PinLocked: false });
    }

    [Fact]
    public async Task A_pin_is_asked_for_once_and_sessions_are_closed()
    {
        using (ISigner signer = await OpenAsync())
        {
            await Task.WhenAll(Enumerable.Range(0, 200).Select(
                i => signer.SignAsync(Encoding.UTF8.GetBytes($"{i}"), default)));
        }

        Assert.Equal(1, _asked);
        Assert.Equal(1, _fake.Count("C_Login 1"));
        Assert.InRange(_fake.MostSessions, 1, Limits.Pkcs11Sessions + 1);
        Assert.Equal(0, _fake.OpenSessions);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_token_with_few_sessions_is_not_asked_for_more(int room)
    {
        _fake.SessionRoom = room;
        using ISigner signer = await OpenAsync();
        byte[][] made = await Task.WhenAll(Enumerable.Range(0, 100).Select(
            i => signer.SignAsync(Encoding.UTF8.GetBytes($"{i}"), default)));
        Assert.Equal(100, made.Length);
        Assert.InRange(_fake.MostSessions, 1, room);
    }

    [Fact]
    public async Task A_wrong_pin_is_tried_once_and_never_again()
    {
        _fake.TokenFlags |= Ck.UserPinFinalTry;
        SigstoreException e = await RefusedAsync(SigstoreErrorCode.WrongPin, pin: "9753");
        Assert.Contains("one try is left", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("9753", e.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, _fake.Count("C_Login 1"));
        Assert.Equal(0, _fake.OpenSessions);
    }

    /// <summary>The PIN was changed while the key was open: sixteen at once must not lock the token.</summary>
    [Fact]
    public async Task A_pin_that_stops_being_right_is_tried_once_by_all_together()
    {
        using ISigner signer = await OpenAsync();
        await signer.SignAsync("a"u8.ToArray(), default);
        int before = _fake.Count("C_Login 1");
        _fake.Pull();
        _fake.Instead = static call => call == "C_Login 1" ? Ckr.PinIncorrect : null;
        Task<byte[]>[] tries = [.. Enumerable.Range(0, 32).Select(_ => signer.SignAsync("a"u8.ToArray(), default))];
        foreach (Task<byte[]> one in tries)
        {
            Assert.Equal(SigstoreErrorCode.WrongPin, (await Assert.ThrowsAsync<SigstoreException>(() => one)).Code);
        }

        Assert.Equal(1, _fake.Count("C_Login 1") - before);
    }

    [Theory]
    [InlineData(Ckr.PinLocked)]
    [InlineData(Ckr.PinExpired)]
    public async Task A_locked_pin_has_a_code_of_its_own(ulong code)
    {
        _fake.Instead = call => call == "C_Login 1" ? code : null;
        await RefusedAsync(SigstoreErrorCode.PinLocked);
        Assert.Equal(1, _fake.Count("C_Login 1"));
    }

    [Fact]
    public async Task A_token_that_says_it_is_locked_gets_no_pin()
    {
        _fake.TokenFlags |= Ck.UserPinLocked;
        await RefusedAsync(SigstoreErrorCode.PinLocked);
        Assert.Equal((0, 0), (_asked, _fake.Count("C_Login 1")));
    }

    [Fact]
    public async Task Without_a_pin_nothing_is_tried()
    {
        await RefusedAsync(SigstoreErrorCode.PinRequired, pin: "");
        await RefusedAsync(SigstoreErrorCode.PinRequired, pin: null);
        Assert.Equal(0, _fake.Count("C_Login 1"));
    }

    [Fact]
    public async Task A_reader_with_keys_gets_no_pin_from_us()
    {
        _fake.TokenFlags |= Ck.ProtectedAuthenticationPath;
        using ISigner signer = await OpenAsync();
        await signer.SignAsync("a"u8.ToArray(), default);
        Assert.Equal(0, _asked);
    }

    [Theory]
    [InlineData(Ckr.SessionHandleInvalid)]
    [InlineData(Ckr.SessionClosed)]
    [InlineData(Ckr.DeviceRemoved)]
    [InlineData(Ckr.TokenNotPresent)]
    [InlineData(Ckr.UserNotLoggedIn)]
    [InlineData(Ckr.KeyHandleInvalid)]
    public async Task What_is_gone_is_looked_for_once_more(ulong code)
    {
        using ISigner signer = await OpenAsync();
        bool first = true;
        _fake.Instead = call =>
        {
            if (call == "C_Sign" && first)
            {
                first = false;
                _fake.Pull();
                return code;
            }

            return null;
        };
        byte[] signature = await signer.SignAsync("a"u8.ToArray(), default);
        Assert.True(signer.PublicKey.Verify("a"u8, signature, signer.Algorithm));
        Assert.Equal(2, _fake.Count("C_Login 1"));

        _fake.Instead = call => call == "C_Sign" ? code : null;
        int before = _fake.Count("C_Sign");
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => signer.SignAsync("a"u8.ToArray(), default));
        Assert.Equal(SigstoreErrorCode.Pkcs11TokenNotFound, e.Code);
        Assert.Equal(2, _fake.Count("C_Sign") - before);
    }

    [Fact]
    public async Task A_token_that_is_taken_out_is_found_again_in_any_slot_and_no_other_gets_its_pin()
    {
        using ISigner signer = await OpenAsync();
        _fake.Pull();
        _fake.Lie = static what => what == "C_GetSlotList" ? 0 : null;
        Assert.Equal(SigstoreErrorCode.Pkcs11TokenNotFound, await CodeAsync());

        _fake.Lie = static _ => null;
        _fake.Serial = "0043";
        Assert.Equal(SigstoreErrorCode.Pkcs11TokenNotFound, await CodeAsync());
        Assert.Equal(1, _fake.Count("C_Login 1"));

        (_fake.Serial, _fake.Slot) = ("0042", 9);
        byte[] signature = await signer.SignAsync("a"u8.ToArray(), default);
        Assert.True(signer.PublicKey.Verify("a"u8, signature, signer.Algorithm));
        Assert.Equal((2, 1), (_fake.Count("C_Login 1"), _asked));

        async Task<SigstoreErrorCode> CodeAsync() => (await Assert.ThrowsAsync<SigstoreException>(
            () => signer.SignAsync("a"u8.ToArray(), default))).Code;
    }

    [Fact]
    public async Task A_module_that_somebody_ended_is_begun_again()
    {
        using ISigner signer = await OpenAsync();
        bool ended = true;
        _fake.Pull();
        _fake.Instead = call =>
        {
            ended &= call != "C_Initialize";
            return ended ? Ckr.NotInitialized : null;
        };
        Assert.NotEmpty(await signer.SignAsync("a"u8.ToArray(), default));
        Assert.Equal(2, _fake.Count("C_Initialize"));
    }

    [Fact]
    public async Task Another_failure_is_not_repeated()
    {
        using ISigner signer = await OpenAsync();
        _fake.Instead = static call => call == "C_Sign" ? 0x30UL : null;
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => signer.SignAsync("a"u8.ToArray(), default));
        Assert.Equal(SigstoreErrorCode.Pkcs11Failed, e.Code);
        Assert.Contains("C_Sign: CKR_DEVICE_ERROR", e.Message, StringComparison.Ordinal);
        Assert.Equal(1, _fake.Count("C_Sign"));
    }

    [Fact]
    public async Task A_key_that_asks_each_time_gets_its_pin_each_time()
    {
        _fake.PrivateKey[Ck.AlwaysAuthenticate] = [1];
        using ISigner signer = await OpenAsync();
        for (int i = 0; i < 3; i++)
        {
            await signer.SignAsync("a"u8.ToArray(), default);
        }

        Assert.Equal((1, 3, 1), (_fake.Count("C_Login 1"), _fake.Count("C_Login 2"), _asked));
        _fake.Instead = static call => call == "C_Login 2" ? Ckr.PinIncorrect : null;
        for (int i = 0; i < 3; i++)
        {
            SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
                () => signer.SignAsync("a"u8.ToArray(), default));
            Assert.Equal(SigstoreErrorCode.WrongPin, e.Code);
        }

        Assert.Equal(4, _fake.Count("C_Login 2"));
    }

    [Fact]
    public async Task A_module_without_threads_is_called_one_at_a_time()
    {
        int calls = 0;
        int most = 0;
        bool refused = false;
        _fake.Instead = call =>
        {
            int now = Interlocked.Increment(ref calls);
            most = Math.Max(most, now);
            Interlocked.Decrement(ref calls);
            if (call == "C_Initialize" && !refused)
            {
                refused = true;
                return Ckr.CantLock;
            }

            return null;
        };
        using ISigner signer = await OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => signer.SignAsync("a"u8.ToArray(), default)));
        Assert.Equal((1, 2), (most, _fake.Count("C_Initialize")));
    }

    [Theory]
    [InlineData("C_GetSlotList", ulong.MaxValue, SigstoreErrorCode.LimitExceeded)]
    [InlineData("C_GetSlotList", 257UL, SigstoreErrorCode.LimitExceeded)]
    [InlineData("C_FindObjects", ulong.MaxValue, SigstoreErrorCode.Pkcs11Failed)]
    [InlineData("C_FindObjects", 33UL, SigstoreErrorCode.Pkcs11Failed)]
    [InlineData("C_FindObjects", 32UL, SigstoreErrorCode.LimitExceeded)]
    [InlineData("length", 1UL << 40, SigstoreErrorCode.LimitExceeded)]
    [InlineData("length", ulong.MaxValue, SigstoreErrorCode.KeyNotFound)]
    [InlineData("written", 1UL << 40, SigstoreErrorCode.Pkcs11Failed)]
    [InlineData("written", 0UL, SigstoreErrorCode.KeyNotFound)]
    public async Task Absurd_lengths_are_refused(string where, ulong value, SigstoreErrorCode code)
    {
        _fake.Lie = what => what == where ? value : null;
        await RefusedAsync(code);
    }

    [Theory]
    [InlineData(1025UL)]
    [InlineData(ulong.MaxValue)]
    [InlineData(0UL)]
    [InlineData(63UL)]
    public async Task A_signature_of_an_absurd_length_is_refused(ulong length)
    {
        using ISigner signer = await OpenAsync();
        _fake.Lie = what => what == "C_Sign" ? length : null;
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => signer.SignAsync("a"u8.ToArray(), default));
        Assert.Equal(SigstoreErrorCode.Pkcs11Failed, e.Code);
    }

    [Fact]
    public async Task A_signature_by_another_key_does_not_leave()
    {
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECParameters point = other.ExportParameters(false);
        _fake.Point = [4, .. point.Q.X!, .. point.Q.Y!];
        using ISigner signer = await OpenAsync();
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => signer.SignAsync("a"u8.ToArray(), default));
        Assert.Equal(SigstoreErrorCode.SignatureMismatch, e.Code);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public void A_module_of_another_version_is_refused(byte version)
    {
        _fake.Version = version;
        Assert.Equal(
            SigstoreErrorCode.Pkcs11ModuleUnavailable, Assert.Throws<SigstoreException>(() => _fake.Load()).Code);
    }

    [Fact]
    public async Task A_module_without_a_function_fails_by_name()
    {
        _fake.Forget(42);
        using ISigner signer = await OpenAsync();
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => signer.SignAsync("a"u8.ToArray(), default));
        Assert.Equal(SigstoreErrorCode.Pkcs11Failed, e.Code);
        Assert.Contains("CKR_FUNCTION_NOT_SUPPORTED", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("C_GetTokenInfo", SigstoreErrorCode.Pkcs11TokenNotFound)]
    [InlineData("C_GetSlotInfo", SigstoreErrorCode.Pkcs11TokenNotFound)]
    [InlineData("C_GetSlotList", SigstoreErrorCode.Pkcs11Failed)]
    [InlineData("C_OpenSession", SigstoreErrorCode.Pkcs11Failed)]
    [InlineData("C_GetSessionInfo", SigstoreErrorCode.Pkcs11Failed)]
    [InlineData("C_FindObjectsInit", SigstoreErrorCode.Pkcs11Failed)]
    [InlineData("C_FindObjects", SigstoreErrorCode.Pkcs11Failed)]
    [InlineData("C_GetAttributeValue", SigstoreErrorCode.Pkcs11Failed)]
    public async Task Whatever_fails_is_told_with_its_code(string function, SigstoreErrorCode code)
    {
        _fake.Instead = call => call == function ? 0x8000_0007UL : null;
        SigstoreException e = await RefusedAsync(code);
        if (code == SigstoreErrorCode.Pkcs11Failed)
        {
            Assert.Contains($"{function}: CKR 0x80000007", e.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, _fake.OpenSessions);
    }

    [Fact]
    public async Task A_public_key_needs_no_pin_unless_it_is_hidden()
    {
        PublicKey open = await ReadAsync();
        Assert.Equal(0, _asked);

        _fake.Remove(1);
        Assert.Equal(SigstoreErrorCode.KeyNotFound, (await Assert.ThrowsAsync<SigstoreException>(ReadAsync)).Code);
        Assert.Equal(1, _asked);

        _fake.PrivateKey[Ck.PublicKeyInfo] = open.Spki.ToArray();
        Assert.Equal(open, await ReadAsync());
        Assert.Equal(2, _asked);
    }

    /// <summary>As on PIV tokens, whose halves have one id and each a label of its own.</summary>
    [Fact]
    public async Task Halves_with_different_labels_belong_together_by_their_id()
    {
        _fake.PublicKey[Ck.Label] = "Public key for Digital Signature"u8.ToArray();
        PublicKey half = await KeysAsync(
            "pkcs11:token=fake;object=k;id=%01?module-path=/m.so", static (p, r, a) => p.ReadPublicKeyAsync(r, a, default));
        Assert.Equal(0, _asked);
        Pkcs11Key listed = Assert.Single(await Operations().KeysAsync(
            new Pkcs11Query { ModulePath = "/m.so" }, Access(FakeModule.Pin), default));
        Assert.Equal("pkcs11:token=fake;id=%01?module-path=/fake/module.so", listed.Uri);
        Assert.Equal(half.KeyId, listed.KeyId);

        listed = Assert.Single(await Operations().KeysAsync(
            new Pkcs11Query { ModulePath = "/m.so", Login = true }, Access(FakeModule.Pin), default));
        Assert.Equal("pkcs11:token=fake;object=k;id=%01?module-path=/fake/module.so", listed.Uri);
        Assert.Equal(half.KeyId, listed.KeyId);
    }

    [Theory]
    [InlineData("0441", SigstoreErrorCode.MalformedKey)]
    [InlineData("00", SigstoreErrorCode.MalformedKey)]
    [InlineData("04210200000000000000000000000000000000000000000000000000000000000000ff", SigstoreErrorCode.MalformedKey)]
    [InlineData("ffffffffffffffffffffffffffffffffffffff", SigstoreErrorCode.MalformedKey)]
    public async Task A_garbled_point_is_refused(string point, SigstoreErrorCode code)
    {
        _fake.Point = Convert.FromHexString(point);
        await RefusedAsync(code);
    }

    [Theory]
    [InlineData("3003020101", SigstoreErrorCode.Unsupported)]       // explicit parameters
    [InlineData("06052b8104000a", SigstoreErrorCode.Unsupported)]   // secp256k1
    [InlineData("0608", SigstoreErrorCode.MalformedKey)]
    [InlineData("06082a8648ce3d03010700", SigstoreErrorCode.MalformedKey)]
    [InlineData("130c63757276653235353139ffff", SigstoreErrorCode.MalformedKey)]
    [InlineData("130a63757276653235353139", SigstoreErrorCode.Unsupported)]
    public async Task Another_curve_is_refused(string parameters, SigstoreErrorCode code)
    {
        _fake.PublicKey[Ck.EcParams] = Convert.FromHexString(parameters);
        await RefusedAsync(code);
    }

    [Fact]
    public async Task A_wrong_module_name_or_none_is_refused()
    {
        SigstoreException e = await RefusedAsync(
            SigstoreErrorCode.Pkcs11ModuleUnavailable, reference: "pkcs11:token=fake;object=k");
        Assert.Contains("COSIGN_PKCS11_MODULE_PATH", e.Message, StringComparison.Ordinal);
        _world.Variables["COSIGN_PKCS11_MODULE_PATH"] = "module.so";
        await RefusedAsync(SigstoreErrorCode.Pkcs11ModuleUnavailable, reference: "pkcs11:token=fake;object=k");
        _world.Variables["COSIGN_PKCS11_MODULE_PATH"] = "/usr/lib/libmodule.so";
        await RefusedAsync(
            SigstoreErrorCode.Pkcs11ModuleUnavailable, reference: "pkcs11:token=fake;object=k?module-name=other");
        using ISigner signer = await OpenAsync("pkcs11:token=fake;object=k?module-name=module");
        Assert.Equal(SigningAlgorithm.EcdsaP256, signer.Algorithm);
    }

    [Theory]
    [InlineData("pkcs11:token=fake;object=none", SigstoreErrorCode.KeyNotFound, "object 'k' id 01")]
    [InlineData("pkcs11:token=none;object=k", SigstoreErrorCode.Pkcs11TokenNotFound, "'fake' (serial 0042, slot 5)")]
    [InlineData("pkcs11:slot-id=6;object=k", SigstoreErrorCode.Pkcs11TokenNotFound, "slot 5")]
    [InlineData("pkcs11:token=fake;serial=1;object=k", SigstoreErrorCode.Pkcs11TokenNotFound, "0042")]
    [InlineData("pkcs11:token=fake;slot-description=x;object=k", SigstoreErrorCode.Pkcs11TokenNotFound, "0042")]
    public async Task What_is_not_there_is_told_with_what_is(string key, SigstoreErrorCode code, string told)
    {
        SigstoreException e = await RefusedAsync(code, reference: key + "?module-path=/m.so");
        Assert.Contains(told, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pin_comes_from_the_reference_before_anybody_is_asked()
    {
        using (ISigner signer = await OpenAsync(Key + "&pin-value=%31234", pin: null))
        {
            Assert.NotEmpty(await signer.SignAsync("a"u8.ToArray(), default));
        }

        string file = Path.Combine(_world.Home, "pin file");
        await File.WriteAllTextAsync(file, "1234\n");
        foreach (string source in (string[])[file, $"file:{file}", new Uri(file).AbsoluteUri])
        {
            using ISigner signer = await OpenAsync($"{Key}&pin-source={Uri.EscapeDataString(source)}", pin: null);
            Assert.Equal(SigningAlgorithm.EcdsaP256, signer.Algorithm);
        }

        Assert.Equal(0, _asked);
        await File.WriteAllTextAsync(file, new string('1', 5000));
        await RefusedAsync(SigstoreErrorCode.LimitExceeded, reference: $"{Key}&pin-source={Uri.EscapeDataString(file)}");
        await RefusedAsync(SigstoreErrorCode.FileUnavailable, reference: Key + "&pin-source=/no/such/file");
        await RefusedAsync(SigstoreErrorCode.InvalidKeyReference, reference: Key + "&pin-source=|id");
        await RefusedAsync(SigstoreErrorCode.InvalidKeyReference, reference: Key + "&pin-source=pin.txt");
    }

    [Fact]
    public async Task Cancelling_does_not_wait_for_the_token()
    {
        using ISigner signer = await OpenAsync();
        using ManualResetEventSlim touched = new();
        using CancellationTokenSource stop = new();
        _fake.Instead = call =>
        {
            if (call == "C_Sign")
            {
                stop.Cancel();
                touched.Wait();
            }

            return null;
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => signer.SignAsync("a"u8.ToArray(), stop.Token));
        touched.Set();
        _fake.Instead = static _ => null;
        Assert.NotEmpty(await signer.SignAsync("a"u8.ToArray(), default));
    }

    [Fact]
    public async Task Several_keys_of_one_name_are_listed_and_not_chosen_from()
    {
        _fake.Add(3, new(_fake.PrivateKey) { [Ck.Id] = [9] });
        SigstoreException e = await RefusedAsync(SigstoreErrorCode.KeyAmbiguous);
        Assert.Contains("object 'k' id 01, object 'k' id 09", e.Message, StringComparison.Ordinal);
        using ISigner signer = await OpenAsync("pkcs11:token=fake;object=k;id=%01?module-path=/m.so");
        Assert.NotEmpty(await signer.SignAsync("a"u8.ToArray(), default));
    }

    [Fact]
    public async Task An_algorithm_of_another_kind_is_refused_and_the_session_closed()
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => Provider().OpenAsync(
            KeyReference.Parse(Key), Access(FakeModule.Pin) with { Algorithm = SigningAlgorithm.Rsa2048 }, default));
        Assert.Equal(SigstoreErrorCode.Unsupported, e.Code);
        Assert.Equal(0, _fake.OpenSessions);
    }

    /// <summary>As a pipeline does that signs a hundred files: each command opens the key anew.</summary>
    [Fact]
    public async Task A_refused_pin_is_not_tried_by_the_next_key_either()
    {
        SigstoreException[] all =
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RefusedAsync(SigstoreErrorCode.WrongPin, "9753")));
        Assert.Equal((8, 1), (all.Length, _fake.Count("C_Login 1")));
        Assert.DoesNotContain("9753", string.Join('\n', all.Select(static e => e.ToString())), StringComparison.Ordinal);
        await RefusedAsync(SigstoreErrorCode.WrongPin, "9754");
        Assert.Equal(2, _fake.Count("C_Login 1"));

        // The right one begins the count of the token anew.
        (await OpenAsync()).Dispose();
        await RefusedAsync(SigstoreErrorCode.WrongPin, "9753");
        Assert.Equal(4, _fake.Count("C_Login 1"));
    }

    [Fact]
    public async Task A_last_try_is_for_somebody_who_types()
    {
        string file = Path.Combine(_world.Home, "pin");
        await File.WriteAllTextAsync(file, FakeModule.Pin);
        _fake.TokenFlags |= Ck.UserPinFinalTry;
        foreach (string query in (string[])["&pin-value=1234", $"&pin-source={Uri.EscapeDataString(file)}"])
        {
            SigstoreException e = await RefusedAsync(SigstoreErrorCode.WrongPin, reference: Key + query);
            Assert.Contains("give -Pin", e.Message, StringComparison.Ordinal);
        }

        KeyAccess variable = KeyAccess.WithoutPassword with { PinOf = (_, _) => Answer(unattended: true) };
        SigstoreException refused = await Assert.ThrowsAsync<SigstoreException>(
            () => Provider().OpenAsync(KeyReference.Parse(Key), variable, default));
        Assert.Equal(SigstoreErrorCode.WrongPin, refused.Code);
        Assert.Equal(0, _fake.Count("C_Login 1"));

        KeyAccess typed = KeyAccess.WithoutPassword with { PinOf = (_, _) => Answer(unattended: false) };
        using ISigner signer = await Provider().OpenAsync(KeyReference.Parse(Key), typed, default);
        Assert.Equal(1, _fake.Count("C_Login 1"));

        static Task<PinAnswer?> Answer(bool unattended) =>
            Task.FromResult<PinAnswer?>(new PinAnswer("1234"u8.ToArray(), unattended));
    }

    [Fact]
    public async Task The_locked_flag_is_read_when_the_pin_is_to_be_used()
    {
        int infos = 0;
        _fake.Instead = call =>
        {
            if (call == "C_GetTokenInfo" && ++infos == 2)
            {
                _fake.TokenFlags |= Ck.UserPinLocked;
            }

            return null;
        };
        await RefusedAsync(SigstoreErrorCode.PinLocked);
        Assert.Equal(0, _fake.Count("C_Login 1"));
    }

    [Fact]
    public async Task A_name_that_is_misspelt_costs_no_pin_of_a_variable()
    {
        PinRequest? request = null;
        KeyAccess access = KeyAccess.WithoutPassword with
        {
            PinOf = (asked, _) =>
            {
                request = asked;
                return Task.FromResult<PinAnswer?>(null);
            },
        };
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => Provider().ReadPublicKeyAsync(
            KeyReference.Parse("pkcs11:token=fake;object=mine?module-path=/m.so"), access, default));
        Assert.Equal((SigstoreErrorCode.PinRequired, true), (e.Code, request!.Explicit));
        await Assert.ThrowsAsync<SigstoreException>(
            () => Provider().OpenAsync(KeyReference.Parse(Key), access, default));
        Assert.False(request.Explicit);
        Assert.Equal(0, _fake.Count("C_Login 1"));
    }

    [Fact]
    public async Task One_pin_is_not_sent_to_every_token()
    {
        _fake.Others[7] = ("other", "0099");
        Pkcs11Query query = new() { ModulePath = "/m.so", Login = true };
        Assert.Equal(2, (await Operations().KeysAsync(query, Access("9753"), default)).Count);
        Assert.Equal(0, _asked);

        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => Operations().KeysAsync(query with { PinGiven = true }, Access(FakeModule.Pin), default));
        Assert.Equal(SigstoreErrorCode.KeyAmbiguous, e.Code);
        Assert.Contains("-Token", e.Message, StringComparison.Ordinal);

        // Neither where there is nothing to be seen without.
        _fake.Remove(1);
        Assert.Empty(await Operations().KeysAsync(query, Access("9753"), default));
        Assert.Empty(_fake.LoginSlots);

        await Operations().KeysAsync(query with { Token = "other", PinGiven = true }, Access(FakeModule.Pin), default);
        Assert.Equal([7UL], _fake.LoginSlots);
    }

    /// <summary>Unlabelled cards without serial numbers.</summary>
    [Fact]
    public async Task Of_tokens_that_look_alike_the_one_in_the_old_slot_is_meant()
    {
        using ISigner signer = await OpenAsync("pkcs11:slot-id=5;object=k?module-path=/m.so");
        _fake.Pull();
        _fake.Others[7] = ("fake", "0042");
        _fake.Slot = 7;
        _fake.Others.Remove(7);
        _fake.Others[5] = ("fake", "0042");
        Assert.NotEmpty(await signer.SignAsync("a"u8.ToArray(), default));
        Assert.Equal([5UL, 5UL], _fake.LoginSlots);

        _fake.Pull();
        _fake.Others.Remove(5);
        _fake.Others[8] = ("fake", "0042");
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(
            () => signer.SignAsync("a"u8.ToArray(), default));
        Assert.Equal(SigstoreErrorCode.Pkcs11TokenNotFound, e.Code);
        Assert.Equal([5UL, 5UL], _fake.LoginSlots);
    }

    [Theory]
    [InlineData(0x30UL, 1, SigstoreErrorCode.Pkcs11Failed)]                // the token may have made it
    [InlineData(Ckr.MechanismInvalid, 1, SigstoreErrorCode.Unsupported)]
    [InlineData(Ckr.CurveNotSupported, 2, SigstoreErrorCode.Unsupported)]
    [InlineData(Ckr.DomainParamsInvalid, 2, SigstoreErrorCode.Unsupported)]
    [InlineData(Ckr.AttributeValueInvalid, 2, SigstoreErrorCode.Pkcs11Failed)]
    [InlineData(Ckr.TemplateInconsistent, 2, SigstoreErrorCode.Pkcs11Failed)]
    public async Task A_key_is_asked_for_again_only_where_none_was_made(ulong answer, int times, SigstoreErrorCode code)
    {
        _fake.Instead = call => call == "C_GenerateKeyPair" ? answer : null;
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => Provider().CreateAsync(
            KeyReference.Parse("pkcs11:token=fake;object=new?module-path=/m.so"), SigningAlgorithm.Ed25519,
            Access(FakeModule.Pin), replace: false, default));
        Assert.Equal((code, times), (e.Code, _fake.Count("C_GenerateKeyPair")));
    }

    [Fact]
    public async Task Signatures_that_are_allowed_one_by_one_do_not_mix()
    {
        _fake.PrivateKey[Ck.AlwaysAuthenticate] = [1];
        using ISigner one = await OpenAsync();
        using ISigner two = await OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 40).Select(
            i => (i % 2 == 0 ? one : two).SignAsync(Encoding.UTF8.GetBytes($"{i}"), default)));
        string[] steps = [.. _fake.Calls.Where(static c => c is "C_SignInit" or "C_Login 2" or "C_Sign")];
        Assert.Equal(120, steps.Length);
        Assert.All(steps.Chunk(3), static c => Assert.Equal(["C_SignInit", "C_Login 2", "C_Sign"], c));
        Assert.InRange(_fake.MostSessions, 1, 2);
    }

    [Fact]
    public async Task A_module_that_a_stranger_has_begun_is_called_one_at_a_time()
    {
        int calls = 0;
        int most = 0;
        _fake.Instead = call =>
        {
            if (call == "C_GetMechanismInfo")
            {
                most = Math.Max(most, Interlocked.Increment(ref calls));
                Thread.Sleep(5);
                Interlocked.Decrement(ref calls);
            }

            return call == "C_Initialize" ? Ckr.AlreadyInitialized : null;
        };
        Pkcs11Module module = _fake.Load();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => module.Has(5, 1))));
        Assert.Equal(1, most);
    }

    [Fact]
    public void One_library_is_one_module_whatever_it_is_called()
    {
        Pkcs11Module first = _fake.Share("/a.so");
        Assert.Same(first, _fake.Share("/A.so"));
        Assert.Equal(1, _fake.Count("C_Initialize"));
    }

    /// <summary>Ctrl+C in the moment a call ends: what it opened was nobody's.</summary>
    [Fact]
    public async Task What_a_cancelled_call_opened_is_closed()
    {
        int open = 0;
        for (int i = 0; i < 500; i++)
        {
            using CancellationTokenSource stop = new();
            using ManualResetEventSlim go = new();
            Task<Closing> call = ModuleCalls.RunAsync(
                () =>
                {
                    go.Wait();
                    Interlocked.Increment(ref open);
                    return new Closing(() => Interlocked.Decrement(ref open));
                },
                stop.Token);
            Task cancelling = Task.Run(() =>
            {
                go.Set();
                stop.Cancel();
            });
            try
            {
                (await call).Dispose();
            }
            catch (OperationCanceledException)
            {
                // The other half of the race.
            }

            await cancelling;
        }

        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref open) == 0, TimeSpan.FromSeconds(20)), $"{open} are open");
    }

    private sealed class Closing(Action close) : IDisposable
    {
        public void Dispose() => close();
    }

    private void Use(CLayout layout)
    {
        _fake.Dispose();
        _fake = new FakeModule(layout);
    }

    private TokenFinder Finder() => new(_world.Surroundings, _ => _fake.Load());

    private Pkcs11Provider Provider() => new(_world.Surroundings, Finder());

    private Pkcs11Operations Operations() => new(Finder());

    private KeyAccess Access(string? pin) => KeyAccess.WithoutPassword with
    {
        Pin = (_, _) =>
        {
            _asked++;
            return Task.FromResult(pin is null ? null : Encoding.UTF8.GetBytes(pin));
        },
    };

    private Task<T> KeysAsync<T>(
        string reference, Func<Pkcs11Provider, KeyReference, KeyAccess, Task<T>> action, string? pin = FakeModule.Pin) =>
        action(Provider(), KeyReference.Parse(reference), Access(pin));

    private Task<ISigner> OpenAsync(string reference = Key, string? pin = FakeModule.Pin) =>
        KeysAsync(reference, static (p, r, a) => p.OpenAsync(r, a, default), pin);

    private Task<PublicKey> ReadAsync() =>
        KeysAsync(Key, static (p, r, a) => p.ReadPublicKeyAsync(r, a, default));

    private async Task<SigstoreException> RefusedAsync(
        SigstoreErrorCode code, string? pin = FakeModule.Pin, string reference = Key)
    {
        SigstoreException e = await Assert.ThrowsAsync<SigstoreException>(() => OpenAsync(reference, pin));
        Assert.True(code == e.Code, e.ToString());
        return e;
    }
}
