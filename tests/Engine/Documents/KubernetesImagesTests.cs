using SigstorePS.Documents;

namespace SigstorePS.Tests.Documents;

public sealed class KubernetesImagesTests
{
    private const string Marks = "{}[]:-&*!|>'\"\n \t#,?%@`$";
    private const string Pod = "spec:\n  containers:\n  - name: c\n    image: nginx:1\n";

    public static TheoryData<string, string> Good => new()
    {
        { $"apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\n{Pod}", "nginx:1" },
        { "apiVersion: v1\nkind: Pod\nspec:\n  initContainers: [{name: i, image: a}]\n  containers: [{name: c, image: b}]\n"
            + "  ephemeralContainers: [{name: e, image: d}]\n  volumes: [{name: v, image: {reference: f}}, {name: w, emptyDir: {}}]", "a|b|d|f" },
        { "apiVersion: batch/v1\nkind: CronJob\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{image: x}]}}}}}", "x" },
        { "apiVersion: v1\nkind: PodTemplate\ntemplate: {spec: {containers: [{image: x}]}}", "x" },
        { string.Join("\n---\n", new[] { "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet" }.Select(
            k => $"apiVersion: apps/v1\nkind: {k}\nspec: {{template: {{spec: {{containers: [{{image: {k.ToLowerInvariant()}}}]}}}}}}")),
            "deployment|statefulset|daemonset|replicaset" },
        { """{"kind":"List","apiVersion":"v1","items":[{"kind":"Pod","apiVersion":"v1","spec":{"containers":[{"image":"j"}]}}]}""", "j" },
        { """{"kind":"PodList","apiVersion":"v1","items":[{"spec":{"containers":[{"image":"k"}]}}]}""", "k" },
        { "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n  - {apiVersion: v1, kind: Pod, spec: {containers: [{image: z}]}}", "z" },
        { "---\n# nothing\n---\napiVersion: v1\nkind: ConfigMap\ndata: {image: x}\n---\n", "" },
        { "apiVersion: serving.knative.dev/v1\nkind: Service\nspec: {template: {spec: {containers: [{image: kn}]}}}", "kn" },
        { "apiVersion: v1\nkind: Service\nspec: {ports: []}", "" },
        { "apiVersion: tekton.dev/v1\nkind: Task\nspec: {steps: [{name: s, image: t}, {name: u, script: x}]}", "t" },
        { "apiVersion: batch.volcano.sh/v1alpha1\nkind: Job\nspec: {tasks: [{template: {spec: {containers: [{image: v}]}}}]}", "v" },
        { "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nspec: {image: p, containers: [{name: c, image: q}]}", "p|q" },
        { "apiVersion: kubeflow.org/v1\nkind: TFJob\nspec: {tfReplicaSpecs: {Worker: {template: {spec: {containers: [{image: w}]}}}}}", "w" },
        { "x: &a {image: n, name: c}\napiVersion: v1\nkind: Pod\nspec: {containers: [*a, {<<: *a, name: d}]}", "n|n" },
        { "apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {containers: [{image: own}]}}}\nitems:\n- {apiVersion: v1, kind: Pod, spec: {containers: [{image: hid}]}}", "hid|own" },
        { "apiVersion: v1\nkind: ConfigMap\nitems: [{apiVersion: v1, kind: Pod, spec: {containers: [{image: hid}]}}]", "hid" },
        { "apiVersion: v1\nkind: Pod\nitems: [{spec: {containers: [{image: hid}]}}]", "hid" },
        { "\uFEFFapiVersion: v1\r\nkind: Pod\r\nspec:\r\n  containers:\r\n  - image: \"r\"\r\n", "r" },
    };

    [Theory]
    [MemberData(nameof(Good))]
    public void Images(string text, string expected)
    {
        DocumentFindings found = Read(text.TrimStart('\uFEFF'));
        Assert.DoesNotContain(found.Entries, static e => e.Failure is not null);
        Assert.Equal(expected, string.Join('|', found.Entries.Select(static e => e.Image!.Reference)));
    }

    [Fact]
    public void Everything_about_the_place_is_told()
    {
        SourceImage image = Read(
            $"# c\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: prod\n  labels: {{app: web}}\n"
            + "spec:\n  template:\n    spec:\n      initContainers:\n      - name: init\n        image: 'busybox'").Entries[0].Image!;
        Assert.Equal(("Deployment", "web", "prod", "apps/v1"), (image.Kind, image.Name, image.Namespace, image.ApiVersion));
        Assert.Equal(("init", "InitContainer", 14L, 16L), (image.Container, image.ContainerType, image.Line, image.Column));
        Assert.Equal("web", image.Labels["app"]);
    }

    [Theory]
    [InlineData("spec: {containers: [{name: c}]}")]
    [InlineData("spec: {containers: [{name: c, image: ''}]}")]
    [InlineData("spec: {containers: [{name: c, image: null}]}")]
    [InlineData("spec: {containers: [{name: c, image: {a: b}}]}")]
    [InlineData("spec: {containers: [{name: c, image: '{{ .Values.image }}'}]}")]
    [InlineData("spec: {containers: [{name: c, image: 'a:${TAG}'}]}")]
    [InlineData("spec: {containers: [{name: c, image: '$(params.image)'}]}")]
    [InlineData("spec: {volumes: [{name: v, image: {pullPolicy: Always}}]}")]
    public void A_container_without_an_image_is_an_error_and_others_come(string spec)
    {
        DocumentFindings found = Read($"apiVersion: v1\nkind: Pod\n{spec}\n---\napiVersion: v1\nkind: Pod\n{Pod}");
        Assert.Equal(SigstoreErrorCode.DocumentUnresolved, found.Entries[0].Failure!.Code);
        Assert.Equal("nginx:1", found.Entries[1].Image!.Reference);
    }

    [Theory]
    [InlineData("image: nginx")]
    [InlineData("kind: Pod\nspec: {containers: [{image: x}]}")]
    public void What_has_no_kind_or_version_is_an_error(string text) =>
        Assert.Equal(SigstoreErrorCode.DocumentUnresolved, Assert.Single(Read(text).Entries).Failure!.Code);

    [Theory]
    [InlineData("deploy.yaml")]
    [InlineData("- a\n- b")]
    [InlineData("a: b: c")]
    [InlineData("kind: Pod\nkind: Pod")]
    [InlineData("image: {{ .Values.image }}")]
    [InlineData("apiVersion: v1\nkind: Pod\nspec: {containers: 1}")]
    [InlineData("apiVersion: v1\nkind: Pod\nspec: {containers: [1]}")]
    [InlineData("apiVersion: v1\nkind: List\nitems: 1")]
    [InlineData("apiVersion: v1\nkind: Pod\n\tspec: x")]
    [InlineData("a: *nowhere")]
    public void What_cannot_be_read_gives_nothing(string text) =>
        Assert.Equal(
            SigstoreErrorCode.MalformedDocument,
            Assert.Throws<SigstoreException>(() => Read($"apiVersion: v1\nkind: Pod\n{Pod}---\n{text}")).Code);

    [Fact]
    public void A_template_that_is_no_YAML_says_to_render_it() =>
        Assert.Contains("helm template", Assert.Throws<SigstoreException>(() => Read("a: {{ .b }}\nc: {{")).Message, StringComparison.Ordinal);

    [Fact]
    public void What_is_not_looked_at_is_said()
    {
        DocumentFindings found = Read("apiVersion: acme.io/v1\nkind: Widget\nmetadata: {name: w}\nspec:\n  parts:\n  - image: nginx\n    baseImage: b");
        Assert.Empty(found.Entries);
        Assert.All(found.Notes, static n => Assert.Equal(ReportLevel.Warning, n.Level));
        Assert.Contains("-ImagePath 'Widget:.spec.parts[*].image'", found.Notes[0].Text, StringComparison.Ordinal);
        Assert.Equal(2, found.Notes.Count);
    }

    [Fact]
    public void Many_that_are_not_looked_at_hide_none()
    {
        DocumentFindings found = Read(
            "apiVersion: acme.io/v1\nkind: Widget\nspec: {images: [a, b, c, d], imageName: e, pullImages: [f], imagePullPolicy: Always, imageRef: g}");
        Assert.Equal(6, found.Notes.Count);
        Assert.Contains("2 more", found.Notes[^1].Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Widget", ".spec.parts[*].image", "nginx|apache")]
    [InlineData("Widget.acme.io", "{$.spec.parts[1].image}", "apache")]
    [InlineData("widget", "spec['a.b'].image", "dotted")]
    [InlineData("Widget", ".spec.pod", "inpod")]
    [InlineData("Widget", ".spec.nothing", "")]
    [InlineData("Other", ".spec.parts[*].image", "")]
    public void Paths_lead_to_images(string kind, string path, string expected)
    {
        ImagePaths paths = new();
        paths.Add(kind, path);
        DocumentFindings found = Read(
            "apiVersion: acme.io/v1\nkind: Widget\nspec:\n  parts: [{image: nginx}, {image: apache}]\n  a.b: {image: dotted}\n"
            + "  pod: {containers: [{image: inpod}]}\n  repo: {repository: r, tag: t}", paths);
        Assert.Equal(expected, string.Join('|', found.Entries.Select(static e => e.Image!.Reference)));
    }

    [Fact]
    public void A_path_to_parts_of_a_reference_is_an_error()
    {
        ImagePaths paths = new();
        paths.Add("Widget", ".spec.image");
        Assert.NotNull(Assert.Single(
            Read("apiVersion: a/v1\nkind: Widget\nspec: {image: {repository: r, tag: t}}", paths).Entries).Failure);
    }

    [Theory]
    [InlineData("")]
    [InlineData("$")]
    [InlineData(".a..b")]
    [InlineData(".a[")]
    [InlineData(".a[?(@.x)]")]
    [InlineData(".a]b")]
    public void Paths_that_are_none(string path) =>
        Assert.Equal(SigstoreErrorCode.InvalidValue, Assert.Throws<SigstoreException>(() => ImagePath.Parse(path)).Code);

    [Fact]
    public void Bombs_of_aliases_end()
    {
        string text = "apiVersion: x/v1\nkind: Bomb\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range(1, 30)
            .Select(static i => $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n"));
        Assert.Equal(SigstoreErrorCode.LimitExceeded, Assert.Throws<SigstoreException>(() => Read(text)).Code);
        string chain = "apiVersion: x/v1\nkind: Chain\na0: &a0 [x]\n"
            + string.Concat(Enumerable.Range(1, 30_000).Select(static i => $"a{i}: &a{i} [*a{i - 1}]\n"));
        Assert.Equal(SigstoreErrorCode.LimitExceeded, Assert.Throws<SigstoreException>(() => Read(chain)).Code);
    }

    [Fact]
    public void No_mutation_gives_another_exception()
    {
        Random random = new(3);
        string whole = string.Join("\n---\n", Good.Select(static row => row.Data.Item1.TrimStart('\uFEFF')));
        for (int i = 0; i < 3000; i++)
        {
            char[] text = whole.ToCharArray(random.Next(whole.Length / 2), whole.Length / 3);
            for (int n = random.Next(1, 6); n > 0; n--)
            {
                text[random.Next(text.Length)] = Marks[random.Next(Marks.Length)];
            }

            try
            {
                Read(new string(text));
            }
            catch (SigstoreException)
            {
            }
        }
    }

    [Theory]
    [InlineData("EFBBBF61", "a")]
    [InlineData("FFFE6100", "a")]
    [InlineData("FEFF0061", "a")]
    [InlineData("61", "a")]
    [InlineData("FF", null)]
    [InlineData("6100", null)]
    [InlineData("FFFE6100D8", null)]
    public void Encodings(string hex, string? expected)
    {
        byte[] content = Convert.FromHexString(hex);
        if (expected is null)
        {
            Assert.Equal(SigstoreErrorCode.MalformedDocument, Assert.Throws<SigstoreException>(() => DocumentText.Read(content, "f")).Code);
            return;
        }

        DocumentText text = DocumentText.Read(content, "f");
        Assert.Equal(expected, text.Text);
        Assert.Equal(content, text.Encode(text.Text));
    }

    internal static DocumentFindings Read(string text, ImagePaths? paths = null)
    {
        DocumentFindings findings = new("deploy.yaml");
        KubernetesImages.Read(DocumentText.Of(text, "deploy.yaml"), paths ?? new ImagePaths(), findings);
        return findings;
    }
}
