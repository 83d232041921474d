using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys;

/// <summary>Tests that change variables of the process, which everything else in it would see.</summary>
[CollectionDefinition(ProcessVariables.Alone, DisableParallelization = true)]
public sealed class AloneCollection;
