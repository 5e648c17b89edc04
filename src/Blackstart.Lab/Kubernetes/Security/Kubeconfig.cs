using System.Text;

namespace Blackstart.Lab.Kubernetes.Security;

/// <summary>Writes a kubeconfig for the administrator.</summary>
internal static class Kubeconfig
{
    public static void Write(string path, string context, Uri server, ServerKeys keys)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        var authority = Convert.ToBase64String(Encoding.UTF8.GetBytes(keys.AuthorityPem));
        PrivateFile.Write(path, $"""
            apiVersion: v1
            kind: Config
            clusters:
            - name: {context}
              cluster:
                server: {server.GetLeftPart(UriPartial.Authority)}
                certificate-authority-data: {authority}
            users:
            - name: {context}
              user:
                token: {keys.AdministratorToken}
            contexts:
            - name: {context}
              context:
                cluster: {context}
                user: {context}
            current-context: {context}

            """);
    }
}
