using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Blackstart.Lab.Hosting;

/// <summary>Asks the supervisor over its socket.</summary>
internal sealed class SupervisorClient(LabLayout layout)
{
    /// <summary>Its answer, or null when no supervisor listens.</summary>
    public async Task<SupervisorAnswer?> TryAskAsync(SupervisorRequest request, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(layout.SupervisorSocket), cancellationToken);
            await using var stream = new NetworkStream(socket);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(request, LabJson.Line) + "\n"), cancellationToken);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            var line = await reader.ReadLineAsync(cancellationToken);
            return line is null ? null : JsonSerializer.Deserialize<SupervisorAnswer>(line, LabJson.Line);
        }
        catch (SocketException)
        {
            return null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Its answer to a request that must succeed.</summary>
    /// <exception cref="Core.Errors.BlackstartException"><c>BS6001</c> no lab runs; <c>BS6006</c> it could not do it.</exception>
    public async Task<SupervisorAnswer> AskAsync(SupervisorRequest request, CancellationToken cancellationToken)
    {
        var answer = await TryAskAsync(request, cancellationToken) ?? throw LabErrors.NotRunning(layout.Root);
        return answer.Ok ? answer : throw LabErrors.Refused($"{request.Command} {request.Name}".TrimEnd(), answer.Error ?? "it gave no reason");
    }
}
