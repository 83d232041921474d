using System.Runtime.Versioning;
using SigstorePS.Commands;

namespace SigstorePS.Tests.Cmdlets;

/// <summary>Opening a browser: with an address of the web only, as data, and only where it is seen.</summary>
public sealed class BrowserTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("browser").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("javascript:alert(1)")]
    [InlineData("ms-msdt:/id")]
    public void Only_the_web_is_opened(string address) =>
        Assert.False(Browser.Open(new Uri(address), static _ => "/bin/true"));

    [Fact]
    public void Without_a_screen_there_is_no_browser()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux can be without a screen.");
        Assert.False(Browser.Open(new Uri("https://issuer.example/"), static _ => null));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task The_address_is_an_argument_and_no_command()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The opener is a shell script.");
        string opened = Path.Combine(_folder, "opened");
        string opener = await ScriptAsync($"printf '%s|' \"$@\" > '{opened}'");
        Uri address = new("https://issuer.example/auth?a=$(id)&b=`id`&c=';id;'&d=%22x%20y");
        Assert.True(Browser.Open(address, name => name == "BROWSER" ? opener : null));
        Assert.Equal(
            $"{address.AbsoluteUri}|", await File.ReadAllTextAsync(opened, TestContext.Current.CancellationToken));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task An_opener_that_fails_is_no_browser()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The opener is a shell script.");
        string opener = await ScriptAsync("exit 3");
        Assert.False(Browser.Open(new Uri("https://issuer.example/"), name => name == "BROWSER" ? opener : null));
    }

    [UnsupportedOSPlatform("windows")]
    private async Task<string> ScriptAsync(string body)
    {
        string path = Path.Combine(_folder, "opener");
        await File.WriteAllTextAsync(path, $"#!/bin/sh\n{body}\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
