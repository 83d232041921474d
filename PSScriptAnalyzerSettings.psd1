# What Invoke-ScriptAnalyzer -Path . -Recurse uses by itself: the default rules but two, both for tests/Pester only.
# tests/Pester/Analyzer.Tests.ps1 holds every other script to all of the default rules.
@{
    ExcludeRules = @(
        # A variable set in BeforeAll or BeforeDiscovery is read in It: the rule does not look across script blocks.
        'PSUseDeclaredVarsMoreThanAssignments',
        # The passwords of test keys are no secrets.
        'PSAvoidUsingConvertToSecureStringWithPlainText'
    )
}
