using System.Management.Automation;
using SigstorePS.Commands;

namespace SigstorePS.Tests.Cmdlets;

public sealed class ErrorTableTests
{
    [Fact]
    public void Every_code_has_a_category()
    {
        Assert.Equal(
            Enum.GetValues<SigstoreErrorCode>().Order(), ErrorRecords.Categories.Keys.Order());
    }

    [Fact]
    public void Only_verification_says_false()
    {
        // What kept it from looking must never look like "not signed".
        Assert.DoesNotContain(
            Enum.GetValues<SigstoreErrorCode>().Where(ErrorRecords.IsVerdict),
            static code => ErrorRecords.Categories[code] is ErrorCategory.ConnectionError or ErrorCategory.PermissionDenied
                or ErrorCategory.AuthenticationError or ErrorCategory.OperationTimeout or ErrorCategory.LimitsExceeded
                or ErrorCategory.ProtocolError or ErrorCategory.ResourceUnavailable);
    }

    [Fact]
    public void The_failed_result_is_the_target()
    {
        object result = new();
        SigstoreException failure = new(SigstoreErrorCode.NoSignatureFound, "none") { Result = result };
        Assert.Same(result, ErrorRecords.From(failure, "typed").TargetObject);
        Assert.Equal("typed", ErrorRecords.From(new(SigstoreErrorCode.Timeout, "late"), "typed").TargetObject);
    }
}
