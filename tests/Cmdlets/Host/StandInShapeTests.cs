using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.Loader;
using SigstorePS.CmdletHost;
using SigstorePS.Samples;

namespace SigstorePS.Tests.Cmdlets.Host;

/// <summary>The stand-in is exactly what PowerShellStandard promises, and all that the cmdlets use of it.</summary>
public sealed class StandInShapeTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance
        | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Assembly StandIn = typeof(System.Management.Automation.PSCmdlet).Assembly;

    private static readonly Assembly Promised = new AssemblyLoadContext("reference").LoadFromAssemblyPath(
        Path.Combine(AppContext.BaseDirectory, "reference", "System.Management.Automation.dll"));

    [Fact]
    public void The_cmdlets_run_on_the_stand_in()
    {
        Assert.True(StandIn.GetName().Version >= new Version(7, 6));
        Assert.Same(StandIn, typeof(ShowImageCommand).BaseType!.BaseType!.Assembly);
        Assert.Equal(Promised.GetName().GetPublicKeyToken(), StandIn.GetName().GetPublicKeyToken());
    }

    [Fact]
    public void Every_public_member_is_one_of_the_reference()
    {
        List<string> strangers = [];
        foreach (Type type in StandIn.GetExportedTypes().Where(static t => t.Namespace != typeof(Session).Namespace))
        {
            if (Promised.GetType(type.FullName!) is not { } promised)
            {
                strangers.Add(Shape(type));
                continue;
            }

            HashSet<string> known = [Shape(promised), .. Members(promised, inherited: true)];
            strangers.AddRange(Members(type, inherited: false).Prepend(Shape(type)).Where(m => !known.Contains(m))
                .Select(m => $"{type.FullName}: {m}"));
        }

        Assert.True(strangers.Count == 0, string.Join('\n', strangers));
    }

    /// <summary>What the run-time would look for and not find, found before it does.</summary>
    [Theory]
    [InlineData("SigstorePS")]
    [InlineData("SigstorePS.Samples")]
    public void Everything_a_module_uses_is_there(string assembly)
    {
        Assembly module = Assembly.Load(assembly);
        using PEReader image = new(File.OpenRead(module.Location));
        MetadataReader metadata = image.GetMetadataReader();
        List<string> missing = [];
        for (int row = 1; row <= metadata.GetTableRowCount(TableIndex.TypeRef); row++)
        {
            Find(MetadataTokens.GetToken(MetadataTokens.TypeReferenceHandle(row)));
        }

        for (int row = 1; row <= metadata.GetTableRowCount(TableIndex.MemberRef); row++)
        {
            // Members of generic instances need a context; none of them is the stand-in's own generics in practice.
            MemberReferenceHandle handle = MetadataTokens.MemberReferenceHandle(row);
            if (metadata.GetMemberReference(handle).Parent.Kind == HandleKind.TypeReference)
            {
                Find(MetadataTokens.GetToken(handle));
            }
        }

        Assert.True(missing.Count == 0, string.Join('\n', missing));

        void Find(int token)
        {
            try
            {
                _ = module.ManifestModule.ResolveMember(token);
            }
            catch (Exception e) when (e is TypeLoadException or MissingMemberException or FileNotFoundException)
            {
                missing.Add(e.Message);
            }
        }
    }

    private static string Shape(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : "class";
        string access = $"{(type.IsAbstract ? "abstract " : string.Empty)}{(type.IsSealed ? "sealed " : string.Empty)}";
        return $"{access}{kind} {type.FullName} : {(type.BaseType is { } parent ? Name(parent) : "nothing")}";
    }

    private static IEnumerable<string> Members(Type? type, bool inherited)
    {
        for (; type is not null; type = inherited ? type.BaseType : null)
        {
            foreach (MethodBase method in type.GetMembers(Declared).OfType<MethodBase>().Where(static m => Visible(m)))
            {
                string result = method is MethodInfo { ReturnType: { } returned } ? Name(returned) : "constructor";
                int generic = method.IsGenericMethod ? method.GetGenericArguments().Length : 0;
                yield return $"{(method.IsPublic ? "public" : "protected")}{(method.IsStatic ? " static" : string.Empty)} {result}"
                    + $" {method.Name}`{generic}({string.Join(", ", method.GetParameters().Select(static p => $"{(p.IsOut ? "out " : string.Empty)}{Name(p.ParameterType)} {p.Name}"))})";
            }

            foreach (FieldInfo field in type.GetFields(Declared).Where(static f => f.IsPublic || f.IsFamily))
            {
                yield return $"{Name(field.FieldType)} {field.Name} = {(field.IsLiteral ? field.GetRawConstantValue() : "?")}";
            }
        }
    }

    // A finalizer is protected and nobody's contract.
    private static bool Visible(MethodBase method) =>
        (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly) && method.Name != "Finalize";

    private static string Name(Type type)
    {
        if (type.IsByRef || type.IsArray)
        {
            return Name(type.GetElementType()!) + (type.IsArray ? "[]" : "&");
        }

        string name = type.IsGenericParameter ? type.Name : $"{type.Namespace}.{type.Name}";
        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : name;
    }
}
