using System.Diagnostics;
using System.Text.Json.Nodes;
using SigstorePS.Reports;
using SigstorePS.Support;

namespace SigstorePS.Tests.Reports;

/// <summary>The page in a real browser: it asks for nothing, complains about nothing, and does what it says.</summary>
public sealed class HtmlPageInChromiumTests : IDisposable
{
    private const string Subjects =
        "[...document.querySelectorAll('#results tbody:not([hidden]) .subject')].map(e => e.textContent)";

    private readonly string _folder = Directory.CreateTempSubdirectory("sigstoreps-pages-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_sorts_and_filters_with_mouse_and_keyboard_and_asks_for_nothing()
    {
        await using Chromium browser = await Peers.RequireChromiumAsync();
        string file = await OpenAsync(browser, SampleReports.Mixed());

        Assert.Equal("6 results", (string?)await browser.EvaluateAsync("document.getElementById('shown').textContent"));
        Assert.Equal("docker.io/library/redis:7", (await ListAsync(browser, Subjects))[0]);

        const string What = "document.querySelectorAll('#results th button')[1]";
        await browser.EvaluateAsync($"{What}.click(); {What}.click()");
        Assert.Equal("registry.example.com/app-7", (await ListAsync(browser, Subjects))[0]);
        Assert.Equal(
            "descending", (string?)await browser.EvaluateAsync("document.querySelectorAll('#results th')[1].getAttribute('aria-sort')"));

        await browser.EvaluateAsync("document.querySelectorAll('#results th button')[3].focus()");
        foreach (string type in (string[])["keyDown", "keyUp"])
        {
            await browser.AskAsync("Input.dispatchKeyEvent", new JsonObject
            {
                ["type"] = type, ["key"] = "Enter", ["code"] = "Enter", ["windowsVirtualKeyCode"] = 13, ["text"] = type == "keyDown" ? "\r" : "",
            });
        }

        Assert.Equal("registry.example.com/app-2", (await ListAsync(browser, Subjects))[0]);
        Assert.Single(await ListAsync(browser, "[...document.querySelectorAll('#results th[aria-sort]')].map(e => e.textContent)"));

        await browser.EvaluateAsync("document.getElementById('filter').focus()");
        await browser.AskAsync("Input.insertText", new JsonObject { ["text"] = "APP-2 release@" });
        await browser.EvaluateAsync("new Promise(done => setTimeout(done, 50))");
        Assert.Equal(["registry.example.com/app-2"], await ListAsync(browser, Subjects));
        Assert.Equal("1 of 6 results", (string?)await browser.EvaluateAsync("document.getElementById('shown').textContent"));

        await browser.EvaluateAsync(
            "{ const f = document.getElementById('filter'); f.value = ''; f.dispatchEvent(new Event('input'));"
            + " const v = document.getElementById('verdict'); v.value = 'skip'; v.dispatchEvent(new Event('change')); }");
        await browser.EvaluateAsync("new Promise(done => setTimeout(done, 50))");
        Assert.Equal(["registry.example.com/app-7"], await ListAsync(browser, Subjects));
        await browser.EvaluateAsync("document.getElementById('open').click()");
        Assert.Equal(1, (int)(await browser.EvaluateAsync("document.querySelectorAll('#results details[open]').length"))!);

        Assert.Equal([new Uri(file).AbsoluteUri], browser.Requests);
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task Hostile_text_runs_nothing_loads_nothing_and_breaks_nothing()
    {
        await using Chromium browser = await Peers.RequireChromiumAsync();
        Report report = new(
            HostileText.Html[0], SampleReports.Now, "0.1.0", [.. HostileText.Html.Select(SampleReports.Hostile)],
            [.. HostileText.Html.Select(static (text, i) => SampleReports.Node(i % 5, i % 2 == 0 ? "Signature" : text, text))]);
        string file = await OpenAsync(browser, report);
        await browser.EvaluateAsync(
            "for (const e of document.querySelectorAll('body *')) { for (const t of ['mouseover', 'focus', 'click', 'toggle', 'load'])"
            + " e.dispatchEvent(new Event(t)); if (e.localName === 'details') e.open = true; }");
        await browser.EvaluateAsync("new Promise(done => setTimeout(done, 300))");

        Assert.Equal("undefined", (string?)await browser.EvaluateAsync("typeof window.x"));
        Assert.Equal(HostileText.Html.Length, (int)(await browser.EvaluateAsync("document.querySelectorAll('#results > tbody').length"))!);
        Assert.Equal(0, (int)(await browser.EvaluateAsync(
            "document.querySelectorAll('a,img,iframe,form,base,link,object,embed,video,template,math,[href],[src],[style]').length"))!);
        Assert.Equal(1, (int)(await browser.EvaluateAsync("document.scripts.length"))!);
        Assert.Equal(
            HostileText.Html[0], (string?)await browser.EvaluateAsync("document.querySelector('h1').textContent"));
        Assert.Equal([new Uri(file).AbsoluteUri], browser.Requests);
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task What_is_injected_all_the_same_is_stopped_by_the_policy()
    {
        await using Chromium browser = await Peers.RequireChromiumAsync();
        string page = SampleReports.Mixed().Write("Html").Replace(
            "</main>", "<script>window.x=1</script><img src=https://evil.example/a onerror=window.x=1><p onclick=window.x=1>", StringComparison.Ordinal);
        string file = Path.Combine(_folder, "injected.html");
        await File.WriteAllTextAsync(file, page, TestContext.Current.CancellationToken);
        await browser.OpenAsync(file);
        Assert.Equal("undefined", (string?)await browser.EvaluateAsync("typeof window.x"));
        Assert.NotEmpty(browser.Complaints);
        Assert.Equal("6 results", (string?)await browser.EvaluateAsync("document.getElementById('shown').textContent"));
    }

    [Fact]
    public async Task It_is_readable_without_script()
    {
        await using Chromium browser = await Peers.RequireChromiumAsync();
        await browser.AskAsync("Emulation.setScriptExecutionDisabled", new JsonObject { ["value"] = true });
        await OpenAsync(browser, SampleReports.Mixed());
        await browser.AskAsync("Emulation.setScriptExecutionDisabled", new JsonObject { ["value"] = false });
        Assert.Equal(6, (await ListAsync(browser, Subjects)).Length);
        Assert.True((bool)(await browser.EvaluateAsync("document.getElementById('tools').hidden"))!);
        Assert.Equal(0, (int)(await browser.EvaluateAsync("document.querySelectorAll('#results th button').length"))!);
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task Nothing_is_wider_than_a_telephone_and_a_thousand_results_stay_fast()
    {
        await using Chromium browser = await Peers.RequireChromiumAsync();
        await browser.AskAsync("Emulation.setDeviceMetricsOverride", new JsonObject
        {
            ["width"] = 390, ["height"] = 800, ["deviceScaleFactor"] = 1, ["mobile"] = false,
        });
        Stopwatch clock = Stopwatch.StartNew();
        await OpenAsync(browser, SampleReports.Of(
            [.. Enumerable.Range(1, 998).Select(SampleReports.Good), SampleReports.Bad(), SampleReports.Hostile(new string('W', 500))]));
        Assert.True((int)(await browser.EvaluateAsync("document.documentElement.scrollWidth"))! <= 390);
        double sorted = (double)(await browser.EvaluateAsync(
            "{ const from = performance.now(); document.querySelectorAll('#results th button')[1].click();"
            + " document.body.offsetHeight; performance.now() - from }"))!;

        // The bounds are for one whose processors many share.
        Assert.True(sorted < 20_000, $"sorting took {sorted} ms");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"{clock.Elapsed}");
    }

    private async Task<string> OpenAsync(Chromium browser, Report report)
    {
        string file = Path.Combine(_folder, $"{Guid.NewGuid():N}.html");
        await File.WriteAllTextAsync(file, report.Write("Html"), TestContext.Current.CancellationToken);
        await browser.OpenAsync(file);
        return file;
    }

    private static async Task<string[]> ListAsync(Chromium browser, string expression) =>
        [.. (await browser.EvaluateAsync(expression))!.AsArray().Select(static n => (string)n!)];
}
