using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Blackstart.Lab.Kubernetes.Http;

/// <summary>Reads query parameters.</summary>
internal static class Query
{
    public static string Text(HttpRequest request, string name) => request.Query[name].ToString();

    public static bool Flag(HttpRequest request, string name) => Text(request, name) is "true" or "1" or "True";

    public static long? Number(HttpRequest request, string name) =>
        long.TryParse(Text(request, name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;
}
