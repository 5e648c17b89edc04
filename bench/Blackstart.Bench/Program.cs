using Blackstart.Bench.Images;
using Blackstart.Bench.Measuring;
using Blackstart.Bench.Recovery;
using Blackstart.Bench.Runner;
using Blackstart.Bench.Scanning;
using Blackstart.Bench.Serving;

IBenchmark[] all = [new RunnerOverhead(), new ImageWriteSpeed(), new ServingSpeed(), new ScanSpeed(), new RecoveryTime()];
var unknown = args.Where(name => !Array.Exists(all, b => b.Name == name)).ToList();
if (unknown.Count > 0)
{
    await Console.Error.WriteLineAsync($"There is no benchmark {string.Join(", ", unknown)}; there are {string.Join(", ", all.Select(b => b.Name))}.");
    return 64;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

var failed = 0;
foreach (var benchmark in all.Where(b => args.Length == 0 || args.Contains(b.Name, StringComparer.Ordinal)))
{
    await Console.Out.WriteLineAsync($"\n{benchmark.Name}: {benchmark.Question}");
    try
    {
        await benchmark.RunAsync(Console.Out, stop.Token);
    }
    catch (OperationCanceledException)
    {
        return 130;
    }
    catch (Exception e)
    {
        // One benchmark that cannot be run does not keep the others from it, but the whole is not a success then.
        failed++;
        await Console.Error.WriteLineAsync($"{benchmark.Name} could not be measured: {e.Message}");
    }
}

return failed == 0 ? 0 : 2;
