using System.Globalization;
using System.Text;
using System.Text.Json;
using Blackstart.Core.Estates;

namespace Blackstart.Core.Tests.Estates;

/// <summary>Writes an estate as a file that must be read as the same estate. Texts are written as JSON strings, which YAML contains.</summary>
internal static class EstateYaml
{
    public static string Write(Estate estate)
    {
        var text = new StringBuilder("apiVersion: blackstart/v1\n");
        text.Append(CultureInfo.InvariantCulture, $"estate: {Quote(estate.Name)}\nenvironments:\n");
        foreach (var e in estate.Environments)
        {
            text.Append(CultureInfo.InvariantCulture, $"  - name: {e.Name}\n    role: {e.Role.ToString().ToLowerInvariant()}\n");
            text.Append(CultureInfo.InvariantCulture, $"    networks: [{string.Join(", ", e.Networks.Select(n => Quote(n.ToString())))}]\n");
            Line(text, "identities", e.IdentitiesPath is { } i ? Quote(i) : null);
            Line(text, "kubernetes", e.Kubernetes is { } k ? $"{{ kubeconfig: {Quote(k.Kubeconfig)}, context: {Quote(k.Context)} }}" : null);
            Line(text, "vault", e.Vault is { } v ? $"{{ address: {Quote(v.Address.OriginalString)}{Optional("unsealKeyFile", v.UnsealKeyFile)} }}" : null);
            Line(text, "postgres", e.Postgres is { } p
                ? $"{{ host: {Quote(p.Host)}, port: {p.Port}, database: {Quote(p.Database)}, user: {Quote(p.User)}{Optional("passwordFile", p.PasswordFile)} }}"
                : null);
            Line(text, "git", e.Git is { } g ? $"{{ address: {Quote(g.Address.OriginalString)} }}" : null);
            Line(text, "nodes", $"[{string.Join(", ", e.Nodes.Select(n => $"{{ name: {n.Name}, longhornDisks: [{string.Join(", ", n.LonghornDisks.Select(Quote))}]{Optional("machineIdFile", n.MachineIdFile)} }}"))}]");
            Line(text, "start", $"{{ {string.Join(", ", e.Start.Select(s => $"{s.Key}: {List(s.Value)}"))} }}");
        }

        text.Append("components:\n");
        foreach (var c in estate.Components)
        {
            text.Append(CultureInfo.InvariantCulture, $"  - name: {c.Name}\n    type: {c.Type}\n    layer: {c.Layer}\n    dependsOn: {List(c.DependsOn)}\n");
            Line(text, "settings", $"{{ {string.Join(", ", c.Settings.Keys.Select(k => $"{k}: {(k == "volumes" ? List(c.Settings.List(k)) : Quote(c.Settings.Text(k)))}"))} }}");
            Line(text, "objectives", c.Objectives is { } o ? Objectives(o) : null);
        }

        return text.Append(CultureInfo.InvariantCulture, $"objectives: {Objectives(estate.Objectives)}\n").ToString();
    }

    private static void Line(StringBuilder text, string key, string? value)
    {
        if (value is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"    {key}: {value}\n");
        }
    }

    private static string Objectives(Objectives o) => $"{{ rto: {DurationText.Format(o.Rto)}, rpo: {DurationText.Format(o.Rpo)} }}";

    private static string Optional(string key, string? value) => value is null ? "" : $", {key}: {Quote(value)}";

    private static string List(IEnumerable<string> items) => $"[{string.Join(", ", items.Select(Quote))}]";

    private static string Quote(string text) => JsonSerializer.Serialize(text);
}
