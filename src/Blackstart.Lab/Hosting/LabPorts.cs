using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Blackstart.Lab.Hosting;

/// <summary>TCP ports on 127.0.0.1, chosen free when the lab is first brought up and kept for its life.</summary>
/// <param name="Etcd">etcd, for clients.</param>
/// <param name="EtcdPeer">etcd, for peers.</param>
/// <param name="Kubernetes">The API server, TLS.</param>
/// <param name="Vault">Vault, plain HTTP.</param>
/// <param name="SecretsOperator">Readiness of the Vault Secrets Operator.</param>
/// <param name="Erp">Readiness of the ERP.</param>
/// <param name="Documents">Readiness of the document archive.</param>
/// <param name="Postgres">PostgreSQL.</param>
/// <param name="Git">The git server.</param>
public sealed record LabPorts(
    int Etcd,
    int EtcdPeer,
    int Kubernetes,
    int Vault,
    int SecretsOperator,
    int Erp,
    int Documents,
    int Postgres,
    int Git)
{
    // Below the range the kernel gives to outgoing connections (32768 and up), so that none of them takes a kept port.
    private const int Lowest = 17000;
    private const int Highest = 31999;

    internal static LabPorts Choose()
    {
        var taken = new HashSet<int>();
        return new LabPorts(Next(taken), Next(taken), Next(taken), Next(taken), Next(taken), Next(taken), Next(taken), Next(taken), Next(taken));
    }

    internal static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // Without SO_REUSEADDR a port whose last connections linger in TIME_WAIT would look taken.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen(1);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Each port with the process that listens there.</summary>
    internal IEnumerable<(int Port, string Process)> All() =>
    [
        (Etcd, "etcd"), (EtcdPeer, "etcd"), (Kubernetes, "kubernetes"), (Vault, "vault"), (SecretsOperator, "vault-secrets-operator"),
        (Erp, "erp"), (Documents, "documents"), (Postgres, "postgres"), (Git, "git"),
    ];

    private static int Next(HashSet<int> taken)
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(Lowest, Highest + 1);
            if (IsFree(port) && taken.Add(port))
            {
                return port;
            }
        }
    }
}
