using System.Management.Automation;
using SigstorePS.Oci;
using SigstorePS.Operations;
using SigstorePS.Registry;

namespace SigstorePS.Commands;

/// <summary>Base of cmdlets that read or write what is stored with an image.</summary>
public abstract class SignedImageCmdlet : ImageCmdlet
{
    private ImageReference? _repository;
    private Platform? _platform;

    /// <summary>Repository that holds the signatures, if not the image's own. Default: COSIGN_REPOSITORY.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Repository { get; set; }

    /// <summary>Text in front of <c>sha256-…</c> in signature tags.</summary>
    [Parameter]
    [Alias("AttachmentTagPrefix")]
    [ValidateNotNull]
    [ValidatePattern(@"\A[A-Za-z0-9_.-]{0,48}\z")]
    public string TagPrefix { get; set; } = string.Empty;

    /// <summary>Takes the image for this <c>os/architecture[/variant]</c> out of an index.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Platform { get; set; }

    /// <summary>Whether the children of an index are meant as well.</summary>
    private protected virtual bool WithChildren => false;

    /// <summary>Whether a layout that is named without a tag stands for every image in it.</summary>
    private protected virtual bool WithAllOfLayout => false;

    private protected override void Begin()
    {
        base.Begin();
        if (Platform is not null && WithChildren)
        {
            throw new SigstoreException(
                SigstoreErrorCode.ContradictoryPolicy, "-Platform picks one image, -Recurse takes all: give one.");
        }

        _platform = Platform is null ? null : Oci.Platform.Parse(Platform);
        string? repository = Repository ?? Variable("COSIGN_REPOSITORY");
        _repository = string.IsNullOrEmpty(repository) ? null : Paths.Image(repository);
    }

    /// <summary>Where to find a reference and its signatures. Each registry gets its own credentials only.</summary>
    private protected ImageQuery Query(ImageReference reference) => new()
    {
        Access = AccessTo(reference),
        Platform = _platform,
        Recurse = WithChildren,
        All = WithAllOfLayout,
        SignatureRepository = _repository,
        SignatureAccess = _repository is null ? RegistryAccess.Default : AccessTo(_repository),
        TagPrefix = TagPrefix,
    };

    /// <summary>
    /// Resolves an image and works on each digest found; results leave in order, failures one by one.
    /// </summary>
    private protected void RunEach<T>(
        string text, ImageReference reference, Func<ImageTarget, ImageQuery, CancellationToken, Task<T>> work,
        Action<T> emit)
    {
        ImageQuery query = Query(reference);
        Run(
            text,
            async cancel =>
            {
                IReadOnlyList<ImageTarget> targets = await Engine.Resolver
                    .ResolveAsync(text, reference, query, cancel).ConfigureAwait(false);
                return await Outcome<T>.OfEachAsync(targets, target => work(target, query, cancel)).ConfigureAwait(false);
            },
            outcomes => Emit(text, outcomes, emit),
            Failure(text));
    }

    /// <summary>
    /// Two phases. The first only reads: what digest is meant? The question then names that digest, on the pipeline
    /// thread, and only a yes starts the second phase, which works on it whatever the tag points to by then.
    /// </summary>
    private protected void RunApproved<T>(
        string text, ImageReference reference, string action,
        Func<ImageTarget, ImageQuery, CancellationToken, Task<T>> work, Action<T> emit)
    {
        ImageQuery query = Query(reference);
        Run(
            text,
            cancel => Engine.Resolver.ResolveAsync(text, reference, query, cancel),
            targets =>
            {
                List<ImageTarget> approved = [.. targets.Where(target => ShouldProcess(Describe(target), action))];
                if (approved.Count > 0)
                {
                    Run(
                        text,
                        cancel => Outcome<T>.OfEachAsync(approved, target => work(target, query, cancel)),
                        outcomes => Emit(text, outcomes, emit),
                        Failure(text));
                }
            },
            Failure(text));
    }

    private static string Describe(ImageTarget target)
    {
        string? note = target.Platform ?? target.Reference.Tag;
        return note is null ? target.Pinned : $"{target.Pinned} ({note})";
    }

    /// <summary>Hands out results and failures in the order of the work.</summary>
    private protected virtual void Emit<T>(string text, IReadOnlyList<Outcome<T>> outcomes, Action<T> emit)
    {
        foreach (Outcome<T> outcome in outcomes)
        {
            if (outcome.Failure is { } failure)
            {
                Failure(text)(failure);
            }
            else
            {
                emit(outcome.Result!);
            }
        }
    }
}

/// <summary>The result of one part of the work on an input, or why there is none.</summary>
internal sealed record Outcome<T>(T? Result, SigstoreException? Failure)
{
    /// <summary>One after the other: the parts of one input share its slot of -ThrottleLimit.</summary>
    public static async Task<IReadOnlyList<Outcome<T>>> OfEachAsync<TPart>(
        IReadOnlyList<TPart> parts, Func<TPart, Task<T>> work)
    {
        List<Outcome<T>> outcomes = [];
        foreach (TPart part in parts)
        {
            try
            {
                outcomes.Add(new Outcome<T>(await work(part).ConfigureAwait(false), null));
            }
            catch (SigstoreException e)
            {
                outcomes.Add(new Outcome<T>(default, e));
            }
            catch (OperationCanceledException e) when (outcomes.Count > 0)
            {
                // What came of the parts before is not lost with the time that ended.
                outcomes.Add(new Outcome<T>(default, new SigstoreException(
                    SigstoreErrorCode.Timeout,
                    $"Only {outcomes.Count} of {parts.Count} were worked on within the time allowed. Raise -TimeoutSec to "
                    + "wait longer.", e)));
                break;
            }
        }

        return outcomes;
    }
}
