using System.Text.Json.Nodes;
using Blackstart.Lab.Vault.Tokens;

namespace Blackstart.Lab.Vault.Engines;

/// <summary><c>sys/policy</c>, <c>sys/policies/acl</c> and <c>sys/capabilities…</c>.</summary>
internal sealed class SystemPolicies(VaultCore core)
{
    /// <summary>Answers a request about policies.</summary>
    /// <param name="request">The request.</param>
    /// <param name="name">The policy; empty for all.</param>
    /// <param name="isOld"><c>sys/policy</c>, which words its answers differently.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<VaultResponse?> HandleAsync(EngineRequest request, string name, bool isOld, CancellationToken cancellationToken)
    {
        if (name.Length == 0)
        {
            var names = VaultJson.Array(core.Policies.Names());
            return request.Operation switch
            {
                VaultOperation.Read or VaultOperation.List when isOld =>
                    new VaultResponse { Data = new JsonObject { ["keys"] = names, ["policies"] = names.DeepClone() }, RepeatsData = true },
                VaultOperation.List => VaultResponse.Of(new JsonObject { ["keys"] = names }),
                _ => throw EngineRequest.UnsupportedOperation,
            };
        }

        switch (request.Operation)
        {
            case VaultOperation.Read:
                return core.Policies.Find(name) is { } policy
                    ? new VaultResponse { Data = new JsonObject { ["name"] = policy.Name, [isOld ? "rules" : "policy"] = policy.Rules }, RepeatsData = isOld }
                    : null;
            case VaultOperation.Update:
                var rules = VaultJson.Text(request.Data, "policy") ?? VaultJson.Text(request.Data, "rules");
                if (string.IsNullOrEmpty(rules))
                {
                    throw new VaultFault(400, "'policy' parameter not supplied or empty");
                }

                await core.Policies.PutAsync(name, Decode(rules), cancellationToken);
                return null;
            case VaultOperation.Delete:
                await core.Policies.DeleteAsync(name, cancellationToken);
                return null;
            default:
                throw EngineRequest.UnsupportedOperation;
        }
    }

    public VaultResponse Capabilities(EngineRequest request, string form)
    {
        var token = form switch
        {
            "capabilities-self" => request.Token!,
            "capabilities-accessor" => core.Tokens.FindByAccessor(VaultJson.Text(request.Data, "accessor") ?? string.Empty),
            _ => core.Tokens.Find(VaultJson.Text(request.Data, "token") ?? string.Empty),
        };
        return Describe(request, token ?? throw new VaultFault(400, "invalid token"));
    }

    private VaultResponse Describe(EngineRequest request, TokenEntry token)
    {
        var paths = VaultJson.List(request.Data, "paths") ?? VaultJson.List(request.Data, "path") ?? [];
        if (paths.Count == 0)
        {
            throw new VaultFault(400, "paths must be supplied");
        }

        var access = core.Policies.AccessOf(token.Policies);
        var data = new JsonObject();
        foreach (var path in paths)
        {
            data[path] = VaultJson.Array(access.CapabilitiesOf(path.TrimStart('/')));
        }

        if (paths.Count == 1)
        {
            data["capabilities"] = data[paths[0]]!.DeepClone();
        }

        return new VaultResponse { Data = data, RepeatsData = true };
    }

    /// <summary>A policy may be given in base64.</summary>
    private static string Decode(string rules)
    {
        var buffer = new byte[rules.Length];
        return Convert.TryFromBase64String(rules, buffer, out var written) ? System.Text.Encoding.UTF8.GetString(buffer, 0, written) : rules;
    }
}
