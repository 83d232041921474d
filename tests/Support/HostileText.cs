namespace SigstorePS.Support;

/// <summary>What somebody might put into an identity, an annotation or a reference to get out of the place it is shown in.</summary>
internal static class HostileText
{
    public static readonly string[] Html =
    [
        "<script>window.x=1</script>",
        "</script><script>window.x=1</script>",
        "</style><script>window.x=1</script>",
        "</title><script>window.x=1</script>",
        "</textarea></noscript></template><img src=x onerror=window.x=1>",
        "\"><img src=x onerror=window.x=1>",
        "'><svg onload=window.x=1>",
        "\" onmouseover=\"window.x=1\" autofocus onfocus=\"window.x=1",
        "' onmouseover='window.x=1",
        "` onmouseover=`window.x=1",
        "<svg><script>window.x=1</script></svg>",
        "<svg><animate onbegin=window.x=1 attributeName=x dur=1s>",
        "<math><mtext></p><img src onerror=window.x=1>",
        "<iframe srcdoc=\"<script>parent.x=1</script>\">",
        "<iframe src=javascript:parent.x=1>",
        "<a href=javascript:window.x=1>click</a>",
        "<a href=\"data:text/html,<script>opener.x=1</script>\">click</a>",
        "<form action=https://evil.example/><input name=a><button>go</button></form>",
        "<meta http-equiv=refresh content=\"0;url=https://evil.example/\">",
        "<base href=https://evil.example/>",
        "<link rel=stylesheet href=https://evil.example/a.css>",
        "<style>@import url(https://evil.example/a.css);*{background:url(https://evil.example/)}</style>",
        "<object data=https://evil.example/></object><embed src=https://evil.example/>",
        "<details open ontoggle=window.x=1>",
        "<video><source onerror=window.x=1></video>",
        "<!--><img src=x onerror=window.x=1>-->",
        "<![CDATA[<img src=x onerror=window.x=1>]]>",
        "]]><img src=x onerror=window.x=1>",
        "<img src=\"https://evil.example/beacon.png\">",
        "{{constructor.constructor('window.x=1')()}} ${window.x=1}",
        "javascript:window.x=1",
        "&lt;script&gt;window.x=1&lt;/script&gt; &#60;script&#62;",
        "\\u003cscript\\u003ewindow.x=1\\u003c/script\\u003e",
        "<scr\0ipt>window.x=1</scr\0ipt>",
        "<\u200Bscript>\u202Eevil\u2066\u2069\uFEFF\u00AD",
        "\u001B[2J\u001B]0;title\u0007\b\r\n::error::injected\n##vso[task.complete result=Failed]",
        "half \uD800 and \uDC00, \uFFFE\uFFFF\u0085\u2028\u2029\v\f",
        "Z\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308algo",
        "\u05D0\u05D1\u05D2 right to left \u0627\u0644",
    ];

    public static readonly string[] Markdown =
    [
        "a | b || c",
        "`code` ``` ~~~",
        "[click](javascript:alert(1)) ![x](https://evil.example/b.png)",
        "<details><script>alert(1)</script>",
        "@octocat #1 octo/repo#2 !5 https://evil.example www.evil.example mailto:a@b.c",
        "# heading\n\n- item\n> quote\n\n| a |\n| - |",
        "**bold** _it_ ~~no~~ $x$ :smile: \\| \\` &lt;b&gt; <!-- c",
        "</code></details><img src=x onerror=alert(1)>",
    ];
}
