namespace SigstorePS.Clash;

/// <summary>There is nothing here but what lies beside it.</summary>
internal static class Nothing;
