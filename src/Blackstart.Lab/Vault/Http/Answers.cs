using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Blackstart.Lab.Vault.Http;

/// <summary>Writes answers in Vault's form.</summary>
internal static class Answers
{
    public static Task ErrorAsync(HttpContext context, int status, IReadOnlyList<string> errors) =>
        WriteAsync(context, status, new JsonObject { ["errors"] = VaultJson.Array(errors) });

    public static Task EmptyAsync(HttpContext context)
    {
        Head(context, StatusCodes.Status204NoContent);
        return Task.CompletedTask;
    }

    public static Task WriteAsync(HttpContext context, int status, JsonObject body)
    {
        Head(context, status);
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.WriteAsync(body.ToJsonString(VaultJson.Options) + "\n", context.RequestAborted);
    }

    public static Task WriteAsync(HttpContext context, VaultResponse response)
    {
        var body = new JsonObject
        {
            ["request_id"] = Guid.NewGuid().ToString(),
            ["lease_id"] = response.LeaseId,
            ["renewable"] = response.Renewable,
            ["lease_duration"] = response.LeaseDuration,
            ["data"] = response.Data,
            ["wrap_info"] = null,
            ["warnings"] = response.Warnings is null ? null : VaultJson.Array(response.Warnings),
            ["auth"] = response.Auth,
        };
        if (response.RepeatsData)
        {
            foreach (var (name, value) in response.Data ?? [])
            {
                body.TryAdd(name, value?.DeepClone());
            }
        }

        return WriteAsync(context, response.Status, body);
    }

    private static void Head(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
    }
}
