using System.Globalization;
using Blackstart.Fuzz;

var options = new FuzzOptions();
for (var i = 0; i < args.Length; i += 2)
{
    if (i + 1 == args.Length || (args[i] != "--keep" && !long.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out _)))
    {
        return await WrongUseAsync();
    }

    switch (args[i])
    {
        case "--seconds":
            options = options with { Time = TimeSpan.FromSeconds(int.Parse(args[i + 1], CultureInfo.InvariantCulture)) };
            break;
        case "--seed":
            options = options with { Seed = int.Parse(args[i + 1], CultureInfo.InvariantCulture) };
            break;
        case "--input":
            options = options with { First = long.Parse(args[i + 1], CultureInfo.InvariantCulture), Inputs = 1 };
            break;
        case "--keep":
            options = options with { Keep = Path.GetFullPath(args[i + 1]) };
            break;
        default:
            return await WrongUseAsync();
    }
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

await Console.Out.WriteLineAsync($"seed {options.Seed}, {options.Time.TotalSeconds:F0} s; failing inputs are kept in {options.Keep}");
var report = FuzzRun.Run(options, TimeProvider.System, stop.Token);
await Console.Out.WriteLineAsync(report.ToString());
foreach (var failure in report.Failures)
{
    await Console.Out.WriteLineAsync($"\ninput {failure.Input}, kept in {failure.Kept}; again with --seed {options.Seed} --input {failure.Input}\n{failure.What}");
}

return report.Failures.Count == 0 ? 0 : 1;

static async Task<int> WrongUseAsync()
{
    await Console.Error.WriteLineAsync("Blackstart.Fuzz [--seconds N] [--seed N] [--input N] [--keep FOLDER]");
    return 64;
}
