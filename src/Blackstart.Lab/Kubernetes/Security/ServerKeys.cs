using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Blackstart.Lab.Kubernetes.Security;

/// <summary>The server's own certificate authority and certificate, the key that signs service account tokens and the administrator's token; made once and kept in a folder.</summary>
internal sealed class ServerKeys : IDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(3650);

    private ServerKeys(string authority, X509Certificate2 certificate, ECDsa tokenKey, string administratorToken)
    {
        AuthorityPem = authority;
        Certificate = certificate;
        TokenKey = tokenKey;
        AdministratorToken = administratorToken;
    }

    /// <summary>The authority's certificate, PEM: what a client trusts.</summary>
    public string AuthorityPem { get; }

    public X509Certificate2 Certificate { get; }

    public ECDsa TokenKey { get; }

    public string AdministratorToken { get; }

    public static ServerKeys Load(string folder, TimeProvider clock)
    {
        Directory.CreateDirectory(folder);
        var authorityFile = Path.Combine(folder, "ca.crt");
        var certificateFile = Path.Combine(folder, "server.pem");
        if (!File.Exists(authorityFile) || !File.Exists(certificateFile))
        {
            Issue(authorityFile, certificateFile, clock);
        }

        var keyFile = Path.Combine(folder, "service-account.key");
        if (!File.Exists(keyFile))
        {
            using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            PrivateFile.Write(keyFile, made.ExportPkcs8PrivateKeyPem());
        }

        var tokenFile = Path.Combine(folder, "admin.token");
        if (!File.Exists(tokenFile))
        {
            PrivateFile.Write(tokenFile, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        }

        var tokenKey = ECDsa.Create();
        tokenKey.ImportFromPem(File.ReadAllText(keyFile));
        return new ServerKeys(
            File.ReadAllText(authorityFile),
            X509Certificate2.CreateFromPemFile(certificateFile, certificateFile),
            tokenKey,
            File.ReadAllText(tokenFile).Trim());
    }

    public void Dispose()
    {
        Certificate.Dispose();
        TokenKey.Dispose();
    }

    private static void Issue(string authorityFile, string certificateFile, TimeProvider clock)
    {
        var from = clock.GetUtcNow().AddDays(-1);
        var until = from.Add(Lifetime);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=blackstart-lab-ca", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        authorityRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign | X509KeyUsageFlags.DigitalSignature, critical: true));
        authorityRequest.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(authorityRequest.PublicKey, critical: false));
        using var authority = authorityRequest.CreateSelfSigned(from, until);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kube-apiserver", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        names.AddDnsName("kubernetes.default.svc");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using var certificate = request.Create(authority, from, until, RandomNumberGenerator.GetBytes(16));

        // The authority's key is not kept: nothing else will ever be signed with it.
        PrivateFile.Write(certificateFile, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        PrivateFile.Write(authorityFile, authority.ExportCertificatePem() + "\n");
    }
}
