using System.Runtime.CompilerServices;
using Blackstart.Core.Errors;
using Blackstart.Lab.Vault;

namespace Blackstart.Lab.Tests.Vault;

/// <summary>Lets the tests start themselves once more as a Vault, so that a real process can be killed.</summary>
internal static class ChildVault
{
    public const string Variable = "BLACKSTART_TEST_VAULT";

    [ModuleInitializer]
    public static void Run()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } arguments)
        {
            return;
        }

        try
        {
            Environment.Exit(VaultProcess.RunAsync(arguments.Split('\n'), CancellationToken.None).GetAwaiter().GetResult());
        }
        catch (BlackstartException error)
        {
            Console.Error.WriteLine(error.Message);
            Environment.Exit((int)error.ExitCode);
        }
    }
}
