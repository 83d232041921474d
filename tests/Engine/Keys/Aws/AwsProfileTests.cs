using SigstorePS.Support.Keys;

namespace SigstorePS.Tests.Keys.Aws;

/// <summary>What the SDK reads in profiles by itself, where variables of the process say that they are.</summary>
[Collection(ProcessVariables.Alone)]
public sealed class AwsProfileTests
{
    /// <summary>Each session has an SDK of its own, which looks for the file of profiles once.</summary>
    [Theory]
    [InlineData("endpoint_url = http://kms.invalid:4566")]
    [InlineData("services = mine\n\n[services mine]\nkms =\n  endpoint_url = http://kms.invalid:4566")]
    public async Task Plain_http_in_a_profile_is_for_this_machine_only_too(string setting)
    {
        await using AwsSession session = new(time: TimeSpan.FromSeconds(5));
        session.Variables.Remove("AWS_ENDPOINT_URL");
        string path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, $"[default]\n{setting}\n");
        string? before = Environment.GetEnvironmentVariable("AWS_CONFIG_FILE");
        Environment.SetEnvironmentVariable("AWS_CONFIG_FILE", path);
        try
        {
            SigstoreException e = await AwsSession.RefusedAsync(
                SigstoreErrorCode.InvalidKeyReference, () => session.OpenAsync());
            Assert.Contains("kms.invalid:4566", e.Message, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("AWS_CONFIG_FILE", before);
            File.Delete(path);
        }
    }
}
