namespace SigstorePS.Support.Mutation;

/// <summary>A damaged bundle, made when it is needed.</summary>
/// <param name="Source">What it was, and the question it is still given as the answer to.</param>
/// <param name="Kind">Family of the damage.</param>
/// <param name="What">The damage itself, enough to make it again.</param>
/// <param name="Build">Its bytes.</param>
internal sealed record Mutant(MutationSource Source, string Kind, string What, Func<byte[]> Build)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Source.Name}: {Kind}: {What}";
}

/// <summary>One change to a JSON tree; false when there was nothing to change.</summary>
internal sealed record Edit(string Kind, string What, Func<LooseJson, bool> Apply);
