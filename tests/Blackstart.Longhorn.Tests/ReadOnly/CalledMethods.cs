using System.Reflection;
using System.Reflection.Emit;

namespace Blackstart.Longhorn.Tests.ReadOnly;

/// <summary>Which methods the code of an assembly calls or takes the address of, read from its IL (ECMA-335, III.1.2).</summary>
internal static class CalledMethods
{
    private const byte Prefix = 0xFE;
    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => field.GetValue(null))
        .OfType<OpCode>()
        .ToDictionary(code => code.Value);

    /// <summary>Each call: the outermost type whose source it stands in, and the method called.</summary>
    internal static IEnumerable<(Type From, MethodBase To)> Of(Assembly assembly)
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        foreach (var type in assembly.GetTypes())
        {
            var from = type;
            while (from.DeclaringType is not null)
            {
                from = from.DeclaringType;
            }

            foreach (var method in type.GetMethods(all).Cast<MethodBase>().Concat(type.GetConstructors(all)))
            {
                foreach (var called in In(method))
                {
                    yield return (from, called);
                }
            }
        }
    }

    private static IEnumerable<MethodBase> In(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code)
        {
            yield break;
        }

        for (var i = 0; i < code.Length;)
        {
            var value = code[i] == Prefix ? unchecked((short)((Prefix << 8) | code[i + 1])) : code[i];
            var operation = Codes[value];
            i += operation.Size;
            if (operation.OperandType is OperandType.InlineMethod or OperandType.InlineTok && Resolve(method, BitConverter.ToInt32(code, i)) is { } called)
            {
                yield return called;
            }

            i += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, i)),
                _ => 4,
            };
        }
    }

    private static MethodBase? Resolve(MethodBase from, int token)
    {
        var types = from.DeclaringType!.IsGenericType ? from.DeclaringType.GetGenericArguments() : null;
        var parameters = from is MethodInfo { IsGenericMethod: true } ? from.GetGenericArguments() : null;
        return from.Module.ResolveMember(token, types, parameters) as MethodBase;
    }
}
