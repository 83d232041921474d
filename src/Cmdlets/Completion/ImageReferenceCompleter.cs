using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using SigstorePS.Oci;
using SigstorePS.Registry;

namespace SigstorePS.Commands;

/// <summary>
/// Completes images: registries this session is connected to, and the tags of a repository when the word ends in a
/// colon behind it. Only that colon makes it ask a registry, and not for long.
/// </summary>
public sealed class ImageReferenceCompleter : IArgumentCompleter
{
    private const int MostTags = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        string word = Quoting.Strip(wordToComplete);
        try
        {
            RunspaceState state = RunspaceState.Current;
            int slash = word.LastIndexOf('/');
            int colon = word.LastIndexOf(':');
            return slash > 0 && colon > slash && !word.StartsWith("oci:", StringComparison.Ordinal)
                ? Tags(state, word[..colon], word[(colon + 1)..])
                : Registries(state, word, parameterName == "Registry" ? string.Empty : "/");
        }
        catch (Exception e) when (e is SigstoreException or OperationCanceledException or AggregateException)
        {
            // A completion that fails offers nothing; the command itself will say why.
            return [];
        }
    }

    private static IEnumerable<CompletionResult> Registries(RunspaceState state, string word, string ending) =>
        state.Sessions.Keys
            .Where(host => host.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .Order(StringComparer.OrdinalIgnoreCase)
            .Select(host => Result(host + ending, host, "connected"))
            .Concat("oci:".StartsWith(word, StringComparison.OrdinalIgnoreCase) && word.Length > 0 && ending.Length > 0
                ? [Result("oci:", "oci:", "OCI layout in a directory")]
                : []);

    private static IEnumerable<CompletionResult> Tags(RunspaceState state, string repository, string prefix)
    {
        ImageReference reference = ImageReference.Parse(repository);
        RegistryAccess access = state.Sessions.GetValueOrDefault(reference.Registry, RegistryAccess.Default);
        using CancellationTokenSource clock = new(Patience);
        CancellationToken cancel = clock.Token;
        Task<List<string>> listing = Task.Run(
            () => ListAsync(state.Engine.Open(reference, access), prefix, cancel), cancel);
        return listing.Wait(Patience)
            ? listing.GetAwaiter().GetResult().Select(tag => Result($"{repository}:{tag}", tag, $"{repository}:{tag}"))
            : [];
    }

    private static async Task<List<string>> ListAsync(IImageStore store, string prefix, CancellationToken cancel)
    {
        List<string> tags = [];
        await foreach (string tag in store.ListTagsAsync(cancel).ConfigureAwait(false))
        {
            if (tag.StartsWith(prefix, StringComparison.Ordinal))
            {
                tags.Add(tag);
            }

            if (tags.Count >= MostTags)
            {
                break;
            }
        }

        return tags;
    }

    private static CompletionResult Result(string text, string shown, string tip) =>
        new(Quoting.Quote(text), shown, CompletionResultType.ParameterValue, tip);
}
