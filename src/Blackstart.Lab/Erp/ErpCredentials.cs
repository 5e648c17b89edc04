namespace Blackstart.Lab.Erp;

/// <summary>Database credentials as a Secret mounted into the pod gives them.</summary>
/// <param name="User">Key <c>username</c>.</param>
/// <param name="Password">Key <c>password</c>.</param>
internal sealed record ErpCredentials(string User, string Password)
{
    /// <summary>Reads both from one state of the mount: <c>..data</c> is followed once, so that they belong together.</summary>
    /// <exception cref="ErpRefusedException">They are not there.</exception>
    public static async Task<ErpCredentials> ReadAsync(string folder, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var link = new DirectoryInfo(Path.Combine(folder, "..data")).LinkTarget;
            var now = link is null ? folder : Path.Combine(folder, link);
            try
            {
                return new ErpCredentials(
                    (await File.ReadAllTextAsync(Path.Combine(now, "username"), cancellationToken)).Trim(),
                    (await File.ReadAllTextAsync(Path.Combine(now, "password"), cancellationToken)).Trim());
            }
            catch (IOException) when (attempt < 3)
            {
                // Replaced between following the link and reading.
            }
            catch (IOException e)
            {
                throw new ErpRefusedException($"no database credentials: {e.Message}");
            }
        }
    }
}
