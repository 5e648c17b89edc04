using System.Xml.Linq;
using Blackstart.Core.Estates;

namespace Blackstart.Core.Tests.Architecture;

public sealed class LayeringTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Blackstart.Core"] = [],
        ["Blackstart.Longhorn"] = [],
        ["Blackstart.Systems"] = ["Blackstart.Core", "Blackstart.Longhorn"],
        ["Blackstart.Lab"] = ["Blackstart.Core", "Blackstart.Longhorn", "Blackstart.Systems"],
        ["Blackstart.Server"] = ["Blackstart.Core", "Blackstart.Lab", "Blackstart.Systems"],
        ["Blackstart.Cli"] = ["Blackstart.Core", "Blackstart.Lab", "Blackstart.Longhorn", "Blackstart.Server", "Blackstart.Systems"],
    };

    [Fact]
    public void Arrows_between_projects_run_one_way()
    {
        var projects = Directory.GetFiles(Path.Combine(RepositoryRoot(), "src"), "*.csproj", SearchOption.AllDirectories);
        projects.Length.ShouldBeGreaterThanOrEqualTo(5);
        foreach (var project in projects)
        {
            var name = Path.GetFileNameWithoutExtension(project);
            Allowed.Keys.ShouldContain(name);
            var references = XDocument.Load(project).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value));
            references.Except(Allowed[name]).ShouldBeEmpty($"{name} may not know these");
        }
    }

    [Fact]
    public void Core_starts_no_process_and_opens_no_socket()
    {
        var references = typeof(Estate).Assembly.GetReferencedAssemblies().Select(a => a.Name).OfType<string>().ToList();
        references.ShouldNotContain("System.Diagnostics.Process");
        references.ShouldNotContain("System.Net.Sockets");
        references.ShouldNotContain("System.Net.Http");
        references.Where(r => r.StartsWith("Blackstart", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void What_is_public_in_Core_is_a_value_or_sealed_or_abstract()
    {
        var open = typeof(Estate).Assembly.GetExportedTypes()
            .Where(t => t is { IsClass: true, IsSealed: false, IsAbstract: false })
            .Select(t => t.FullName);
        open.ShouldBeEmpty();
    }

    private static string RepositoryRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Blackstart.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside of the repository");
        }

        return folder;
    }
}
