using System.Collections.ObjectModel;
using System.Management.Automation.Host;
using System.Management.Automation.Internal;
using SigstorePS.CmdletHost;

namespace System.Management.Automation.Internal
{
    public abstract class InternalCommand
    {
        internal InternalCommand()
        {
        }

        public CommandOrigin CommandOrigin => CommandOrigin.Internal;

        internal CommandStage? Stage { get; set; }

        internal bool IsStopping => Stage?.IsStopping ?? false;

        internal abstract void DoBegin();

        internal abstract void DoProcess();

        internal abstract void DoEnd();

        internal abstract void DoStop();
    }
}

namespace System.Management.Automation
{
    public abstract class Cmdlet : InternalCommand
    {
        public ICommandRuntime CommandRuntime
        {
            get => field ?? throw new GapException("Cmdlet.CommandRuntime outside a pipeline of the stand-in");
            set;
        }

        public bool Stopping => IsStopping;

        private ICommandRuntime2 Runtime2 => (ICommandRuntime2)CommandRuntime;

        public virtual string GetResourceString(string baseName, string resourceId) =>
            throw new GapException("Cmdlet.GetResourceString");

        public bool ShouldContinue(string query, string caption) => CommandRuntime.ShouldContinue(query, caption);

        public bool ShouldContinue(string query, string caption, ref bool yesToAll, ref bool noToAll) =>
            CommandRuntime.ShouldContinue(query, caption, ref yesToAll, ref noToAll);

        public bool ShouldContinue(
            string query, string caption, bool hasSecurityImpact, ref bool yesToAll, ref bool noToAll) =>
            Runtime2.ShouldContinue(query, caption, hasSecurityImpact, ref yesToAll, ref noToAll);

        public bool ShouldProcess(string target) => CommandRuntime.ShouldProcess(target);

        public bool ShouldProcess(string target, string action) => CommandRuntime.ShouldProcess(target, action);

        public bool ShouldProcess(string verboseDescription, string verboseWarning, string caption) =>
            CommandRuntime.ShouldProcess(verboseDescription, verboseWarning, caption);

        public bool ShouldProcess(
            string verboseDescription, string verboseWarning, string caption, out ShouldProcessReason shouldProcessReason) =>
            CommandRuntime.ShouldProcess(verboseDescription, verboseWarning, caption, out shouldProcessReason);

        public void ThrowTerminatingError(ErrorRecord errorRecord) => CommandRuntime.ThrowTerminatingError(errorRecord);

        public void WriteCommandDetail(string text) => CommandRuntime.WriteCommandDetail(text);

        public void WriteDebug(string text) => CommandRuntime.WriteDebug(text);

        public void WriteError(ErrorRecord errorRecord) => CommandRuntime.WriteError(errorRecord);

        public void WriteInformation(object messageData, string[]? tags)
        {
            InformationRecord record = new(messageData, Stage?.Info.Name ?? string.Empty);
            record.Tags.AddRange(tags ?? []);
            WriteInformation(record);
        }

        public void WriteInformation(InformationRecord informationRecord) => Runtime2.WriteInformation(informationRecord);

        public void WriteObject(object? sendToPipeline) => CommandRuntime.WriteObject(sendToPipeline);

        public void WriteObject(object? sendToPipeline, bool enumerateCollection) =>
            CommandRuntime.WriteObject(sendToPipeline, enumerateCollection);

        public void WriteProgress(ProgressRecord progressRecord) => CommandRuntime.WriteProgress(progressRecord);

        public void WriteVerbose(string text) => CommandRuntime.WriteVerbose(text);

        public void WriteWarning(string text) => CommandRuntime.WriteWarning(text);

        internal sealed override void DoBegin() => BeginProcessing();

        internal sealed override void DoProcess() => ProcessRecord();

        internal sealed override void DoEnd() => EndProcessing();

        internal sealed override void DoStop() => StopProcessing();

        protected virtual void BeginProcessing()
        {
        }

        protected virtual void EndProcessing()
        {
        }

        protected virtual void ProcessRecord()
        {
        }

        protected virtual void StopProcessing()
        {
        }
    }

    public abstract class PSCmdlet : Cmdlet
    {
        public PSHost Host => InPipeline.Session.Host;

        public InvocationInfo MyInvocation => InPipeline.Invocation;

        public string ParameterSetName => InPipeline.ParameterSetName;

        public SessionState SessionState => InPipeline.Session.State;

        private CommandStage InPipeline =>
            Stage ?? throw new GapException("PSCmdlet outside a pipeline of the stand-in");

        public Collection<string> GetResolvedProviderPathFromPSPath(string path, out ProviderInfo provider) =>
            SessionState.Path.GetResolvedProviderPathFromPSPath(path, out provider);

        public string GetUnresolvedProviderPathFromPSPath(string path) =>
            SessionState.Path.GetUnresolvedProviderPathFromPSPath(path);

        public PathInfo CurrentProviderLocation(string providerId) =>
            SessionState.Path.CurrentProviderLocation(providerId);

        public object? GetVariableValue(string name) => GetVariableValue(name, null);

        public object? GetVariableValue(string name, object? defaultValue) =>
            SessionState.PSVariable.GetValue(name, defaultValue);
    }

    public interface IDynamicParameters
    {
        object GetDynamicParameters();
    }

    public interface ICommandRuntime
    {
        PSHost Host { get; }

        bool ShouldContinue(string query, string caption);

        bool ShouldContinue(string query, string caption, ref bool yesToAll, ref bool noToAll);

        bool ShouldProcess(string target);

        bool ShouldProcess(string target, string action);

        bool ShouldProcess(string verboseDescription, string verboseWarning, string caption);

        bool ShouldProcess(
            string verboseDescription, string verboseWarning, string caption, out ShouldProcessReason shouldProcessReason);

        void ThrowTerminatingError(ErrorRecord errorRecord);

        void WriteCommandDetail(string text);

        void WriteDebug(string text);

        void WriteError(ErrorRecord errorRecord);

        void WriteObject(object? sendToPipeline);

        void WriteObject(object? sendToPipeline, bool enumerateCollection);

        void WriteProgress(ProgressRecord progressRecord);

        void WriteProgress(long sourceId, ProgressRecord progressRecord);

        void WriteVerbose(string text);

        void WriteWarning(string text);
    }

    public interface ICommandRuntime2 : ICommandRuntime
    {
        bool ShouldContinue(string query, string caption, bool hasSecurityImpact, ref bool yesToAll, ref bool noToAll);

        void WriteInformation(InformationRecord informationRecord);
    }
}

namespace System.Management.Automation.Runspaces
{
    /// <summary>The identity of a session: state is kept per runspace, and a pool thread has none.</summary>
    public abstract class Runspace : IDisposable
    {
        [ThreadStatic]
        private static Runspace? s_default;

        internal Runspace()
        {
        }

        public static bool CanUseDefaultRunspace => s_default is not null;

        public static Runspace? DefaultRunspace
        {
            get => s_default;
            set => s_default = value;
        }

        public Guid InstanceId { get; } = Guid.NewGuid();

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
        }
    }
}
