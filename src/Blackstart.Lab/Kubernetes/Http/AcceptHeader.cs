using Microsoft.AspNetCore.Http;

namespace Blackstart.Lab.Kubernetes.Http;

/// <summary>Reads the Accept header.</summary>
internal static class AcceptHeader
{
    public static Accepted Of(HttpRequest request)
    {
        foreach (var entry in request.Headers.Accept.ToString().Split(',', StringSplitOptions.TrimEntries))
        {
            var parts = entry.Split(';', StringSplitOptions.TrimEntries);
            if (parts[0] is not "application/json")
            {
                continue;
            }

            if (parts.Contains("as=Table"))
            {
                // v1beta1 has the same shape but another name; a client that asks for it also takes plain JSON.
                if (parts.Contains("v=v1"))
                {
                    return Accepted.Table;
                }

                continue;
            }

            if (parts.Contains("as=APIGroupDiscoveryList"))
            {
                if (parts.Contains("v=v2"))
                {
                    return Accepted.AggregatedDiscovery;
                }

                continue;
            }

            if (parts.Any(part => part.StartsWith("as=PartialObjectMetadata", StringComparison.Ordinal)))
            {
                return Accepted.PartialMetadata;
            }

            return Accepted.Json;
        }

        return Accepted.Json;
    }
}
