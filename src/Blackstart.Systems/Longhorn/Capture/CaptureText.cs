using System.Text;
using Blackstart.Systems.Kubernetes;

namespace Blackstart.Systems.Longhorn.Capture;

/// <summary>
/// A capture as text. First what <c>kubectl apply</c> takes at once; then, as comments behind <c>#| </c>, what waits until the data is
/// back; last, behind <c>#: </c>, Longhorn's nodes, to be read. The same objects make the same bytes: there is no date in it.
/// </summary>
internal static class CaptureText
{
    private const string LaterMark = "#|";
    private const string NodeMark = "#:";
    private const string ClusterMark = "# cluster: ";
    private const string UnknownCluster = "unknown";

    /// <summary>The file's text.</summary>
    public static string Write(ClusterObjects objects, string @namespace)
    {
        var nodes = objects.OfKind(CapturedKind.Node).ToList();
        var later = objects.Objects.Except(nodes).Where(o => SetAside.Reason(o) is not null).ToList();
        var text = new StringBuilder(Header(objects, @namespace, later.Count > 0, nodes.Count > 0));
        foreach (var now in objects.Objects.Except(nodes).Except(later))
        {
            text.Append(now.Manifest);
        }

        text.Append(later.Count > 0 ? "# Only when the data is back:\n" : "");
        foreach (var waiting in later)
        {
            text.Append(Lines.Behind(LaterMark, $"# {SetAside.Reason(waiting)}\n{waiting.Manifest}"));
        }

        text.Append(nodes.Count > 0 ? "# Longhorn's nodes, to be read and not applied:\n" : "");
        foreach (var node in nodes)
        {
            text.Append(Lines.Behind(NodeMark, node.Manifest));
        }

        return text.ToString();
    }

    /// <summary>Reads the text of a capture, this one's or one of plain documents.</summary>
    /// <exception cref="YamlDotNet.Core.YamlException">It is not YAML.</exception>
    /// <exception cref="FormatException">It holds an object twice: nobody can say which is right.</exception>
    public static ClusterObjects Parse(string text)
    {
        var line = text.Split('\n').FirstOrDefault(l => l.StartsWith(ClusterMark, StringComparison.Ordinal));
        var cluster = line?[ClusterMark.Length..].Trim() is { } known && known != UnknownCluster ? known : null;
        string[] parts = [text, Lines.From(LaterMark, text), Lines.From(NodeMark, text)];
        List<CapturedObject> objects = [.. parts.SelectMany(YamlDocuments.Parse).Select(o => new CapturedObject(o))];
        return objects.GroupBy(o => o.Key).FirstOrDefault(g => g.Count() > 1) is { } twice
            ? throw new FormatException($"it holds {twice.Key} twice")
            : new ClusterObjects(cluster, objects, new HashSet<string>());
    }

    private static string Header(ClusterObjects objects, string @namespace, bool hasLater, bool hasNodes)
    {
        var text = new StringBuilder();
        text.Append("# What is needed to make the Longhorn volumes of a cluster again, empty. Written by `blackstart longhorn capture`.\n");
        text.Append(ClusterMark).Append(objects.Cluster ?? UnknownCluster).Append('\n');
        text.Append("# namespace: ").Append(@namespace).Append('\n');
        text.Append("#\n");
        text.Append("# `blackstart recover` reads it. By hand, where Longhorn runs and the volumes are gone:\n");
        text.Append("#   kubectl apply -f FILE\n");
        text.Append("# makes them again, empty; bring their data back before any workload starts. Do not apply it to volumes that are there.\n");
        if (hasLater)
        {
            text.Append("# Lines behind \"#|\" wait until the data is back: each says why. Then:\n");
            text.Append("#   sed -n 's/^#| \\{0,1\\}//p' FILE | kubectl apply -f -\n");
        }

        text.Append(hasNodes ? "# Lines behind \"#:\" are Longhorn's nodes and disks as they were, to be read and not applied.\n" : "");
        text.Append("# Status, engines, replicas, snapshots, orphans and attachments are left out: applied back, they destroy data.\n");
        var namespaces = objects.OfKind(CapturedKind.PersistentVolumeClaim).Select(c => c.Key.Namespace).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        text.Append(namespaces.Count > 0 ? $"# Namespaces that must be there: {string.Join(", ", namespaces)}\n" : "");
        var secrets = NamedSecrets.Of(objects, @namespace);
        text.Append(secrets.Count > 0 ? $"# Secrets that must be there, and are not in this file: {string.Join(", ", secrets)}\n" : "");
        return text.ToString();
    }

    /// <summary>Text that is kept as comments.</summary>
    private static class Lines
    {
        public static string Behind(string mark, string text) =>
            string.Concat(text.TrimEnd('\n').Split('\n').Select(l => l.Length == 0 ? $"{mark}\n" : $"{mark} {l}\n"));

        public static string From(string mark, string text) => string.Concat(text.Split('\n')
            .Where(l => l.StartsWith(mark, StringComparison.Ordinal))
            .Select(l => l.StartsWith(mark + " ", StringComparison.Ordinal) ? l[(mark.Length + 1)..] + "\n" : l[mark.Length..] + "\n"));
    }
}
