namespace Blackstart.Lab.Hosting;

/// <summary>Ends this process when its starter is gone.</summary>
internal static class Lifeline
{
    /// <summary>Reads standard input, which the starter holds open and never writes to, until its end.</summary>
    public static void Hold()
    {
        var thread = new Thread(() =>
        {
            using var input = Console.OpenStandardInput();
            var buffer = new byte[64];
            try
            {
                while (input.Read(buffer) > 0)
                {
                }
            }
            catch (IOException)
            {
                // A broken pipe means the same as its end.
            }

            // At once, as a machine without power ends: an orderly end is asked for by signal.
            Signals.EndSelf();
        })
        {
            IsBackground = true,
            Name = "lifeline",
        };
        thread.Start();
    }
}
