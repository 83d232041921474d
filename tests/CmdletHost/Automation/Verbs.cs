namespace System.Management.Automation;

public static class VerbsCommon
{
    public const string Add = nameof(Add);
    public const string Clear = nameof(Clear);
    public const string Close = nameof(Close);
    public const string Copy = nameof(Copy);
    public const string Enter = nameof(Enter);
    public const string Exit = nameof(Exit);
    public const string Find = nameof(Find);
    public const string Format = nameof(Format);
    public const string Get = nameof(Get);
    public const string Hide = nameof(Hide);
    public const string Join = nameof(Join);
    public const string Lock = nameof(Lock);
    public const string Move = nameof(Move);
    public const string New = nameof(New);
    public const string Open = nameof(Open);
    public const string Optimize = nameof(Optimize);
    public const string Pop = nameof(Pop);
    public const string Push = nameof(Push);
    public const string Redo = nameof(Redo);
    public const string Remove = nameof(Remove);
    public const string Rename = nameof(Rename);
    public const string Reset = nameof(Reset);
    public const string Resize = nameof(Resize);
    public const string Search = nameof(Search);
    public const string Select = nameof(Select);
    public const string Set = nameof(Set);
    public const string Show = nameof(Show);
    public const string Skip = nameof(Skip);
    public const string Split = nameof(Split);
    public const string Step = nameof(Step);
    public const string Switch = nameof(Switch);
    public const string Undo = nameof(Undo);
    public const string Unlock = nameof(Unlock);
    public const string Watch = nameof(Watch);
}

public static class VerbsCommunications
{
    public const string Connect = nameof(Connect);
    public const string Disconnect = nameof(Disconnect);
    public const string Read = nameof(Read);
    public const string Receive = nameof(Receive);
    public const string Send = nameof(Send);
    public const string Write = nameof(Write);
}

public static class VerbsData
{
    public const string Backup = nameof(Backup);
    public const string Checkpoint = nameof(Checkpoint);
    public const string Compare = nameof(Compare);
    public const string Compress = nameof(Compress);
    public const string Convert = nameof(Convert);
    public const string ConvertFrom = nameof(ConvertFrom);
    public const string ConvertTo = nameof(ConvertTo);
    public const string Dismount = nameof(Dismount);
    public const string Edit = nameof(Edit);
    public const string Expand = nameof(Expand);
    public const string Export = nameof(Export);
    public const string Group = nameof(Group);
    public const string Import = nameof(Import);
    public const string Initialize = nameof(Initialize);
    public const string Limit = nameof(Limit);
    public const string Merge = nameof(Merge);
    public const string Mount = nameof(Mount);
    public const string Out = nameof(Out);
    public const string Publish = nameof(Publish);
    public const string Restore = nameof(Restore);
    public const string Save = nameof(Save);
    public const string Sync = nameof(Sync);
    public const string Unpublish = nameof(Unpublish);
    public const string Update = nameof(Update);
}

public static class VerbsDiagnostic
{
    public const string Debug = nameof(Debug);
    public const string Measure = nameof(Measure);
    public const string Ping = nameof(Ping);
    public const string Repair = nameof(Repair);
    public const string Resolve = nameof(Resolve);
    public const string Test = nameof(Test);
    public const string Trace = nameof(Trace);
}

public static class VerbsLifecycle
{
    public const string Approve = nameof(Approve);
    public const string Assert = nameof(Assert);
    public const string Complete = nameof(Complete);
    public const string Confirm = nameof(Confirm);
    public const string Deny = nameof(Deny);
    public const string Disable = nameof(Disable);
    public const string Enable = nameof(Enable);
    public const string Install = nameof(Install);
    public const string Invoke = nameof(Invoke);
    public const string Register = nameof(Register);
    public const string Request = nameof(Request);
    public const string Restart = nameof(Restart);
    public const string Resume = nameof(Resume);
    public const string Start = nameof(Start);
    public const string Stop = nameof(Stop);
    public const string Submit = nameof(Submit);
    public const string Suspend = nameof(Suspend);
    public const string Uninstall = nameof(Uninstall);
    public const string Unregister = nameof(Unregister);
    public const string Wait = nameof(Wait);
}

public static class VerbsSecurity
{
    public const string Block = nameof(Block);
    public const string Grant = nameof(Grant);
    public const string Protect = nameof(Protect);
    public const string Revoke = nameof(Revoke);
    public const string Unblock = nameof(Unblock);
    public const string Unprotect = nameof(Unprotect);
}

public static class VerbsOther
{
    public const string Use = nameof(Use);
}
