using System.Text.Json.Nodes;
using Blackstart.Lab.Vault.Storage;
using Microsoft.AspNetCore.Http;

namespace Blackstart.Lab.Vault.Http;

/// <summary>Vault's HTTP API over a core.</summary>
/// <param name="core">The Vault.</param>
/// <param name="time">The clock.</param>
/// <param name="deviceLost">Told when the device under the storage is gone.</param>
internal sealed class VaultHttp(VaultCore core, TimeProvider time, Action<VaultStorageException> deviceLost)
{
    private const string Prefix = "/v1/";
    private readonly SealEndpoints _seal = new(core, time);

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            var path = context.Request.Path.Value ?? string.Empty;
            if (!path.StartsWith(Prefix, StringComparison.Ordinal))
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                context.Response.ContentType = "text/plain; charset=utf-8";
                await context.Response.WriteAsync("404 page not found\n", context.RequestAborted);
                return;
            }

            path = path[Prefix.Length..];
            if (!await _seal.TryHandleAsync(context, path))
            {
                await HandleAsync(context, path);
            }
        }
        catch (VaultFault fault)
        {
            await Answers.ErrorAsync(context, fault.Status, fault.Errors);
        }
        catch (VaultStorageException error)
        {
            if (error.IsDeviceLost)
            {
                deviceLost(error);
            }

            await Answers.ErrorAsync(context, 500, [error.Message]);
        }
        catch (BadHttpRequestException error)
        {
            await Answers.ErrorAsync(context, error.StatusCode, [error.Message]);
        }
        catch (Exception error) when (error is not OperationCanceledException && !context.Response.HasStarted)
        {
            await Console.Error.WriteLineAsync($"vault: {context.Request.Method} {context.Request.Path}: {error}");
            await Answers.ErrorAsync(context, 500, ["internal error"]);
        }
    }

    /// <summary>The body as JSON.</summary>
    /// <exception cref="VaultFault">400: it is none.</exception>
    public static async Task<JsonObject?> BodyAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        return JsonBody.Parse(buffer.ToArray());
    }

    /// <summary>The token of a request, from either header that carries one.</summary>
    public static string? TokenOf(HttpRequest request)
    {
        if (request.Headers.TryGetValue("X-Vault-Token", out var token))
        {
            return token.ToString();
        }

        var authorization = request.Headers.Authorization.ToString();
        return authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? authorization["Bearer ".Length..].Trim() : null;
    }

    private async Task HandleAsync(HttpContext context, string path)
    {
        if (path.Length == 0)
        {
            await Answers.ErrorAsync(context, 404, []);
            return;
        }

        var query = context.Request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.Ordinal);
        var operation = context.Request.Method switch
        {
            "GET" when query.TryGetValue("list", out var list) && list is "true" or "1" => VaultOperation.List,
            "GET" => VaultOperation.Read,
            "LIST" => VaultOperation.List,
            "PUT" or "POST" => VaultOperation.Update,
            "DELETE" => VaultOperation.Delete,
            _ => throw new VaultFault(405),
        };
        var data = operation == VaultOperation.Update ? await BodyAsync(context) : null;
        RequireNoWrapping(context.Request);
        if (operation == VaultOperation.List && !path.EndsWith('/'))
        {
            path += "/";
        }

        var response = await core.HandleAsync(new VaultRequest(operation, path, data ?? [], query, TokenOf(context.Request)), context.RequestAborted);
        if (response is not null)
        {
            await Answers.WriteAsync(context, response);
        }
        else if (operation is VaultOperation.Read or VaultOperation.List)
        {
            await Answers.ErrorAsync(context, 404, []);
        }
        else
        {
            await Answers.EmptyAsync(context);
        }
    }

    /// <summary>Wrapped answers are not offered; answering without the wrap would hand out what was to be hidden.</summary>
    private static void RequireNoWrapping(HttpRequest request)
    {
        if (!request.Headers.TryGetValue("X-Vault-Wrap-TTL", out var wrap))
        {
            return;
        }

        try
        {
            if (Durations.Seconds(wrap.ToString()) == 0)
            {
                return;
            }
        }
        catch (VaultFault fault)
        {
            throw new VaultFault(400, $"error parsing X-Vault-Wrap-TTL header: {fault.Message}");
        }

        throw new VaultFault(400, "response wrapping is not supported by this Vault");
    }
}
