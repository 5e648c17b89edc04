using Blackstart.Core.Estates;
using Blackstart.Systems.Nodes;

namespace Blackstart.Systems.Tests.Nodes;

/// <summary>The Job's manifest, whole.</summary>
public sealed class JobManifestTests
{
    private static readonly NodeSettings Settings = new(NodeRunnerKind.Job, ["blackstart"], null, "registry.example/blackstart:1", "longhorn-system");

    [Fact]
    public void A_Job_that_writes_is_pinned_privileged_and_mounts_the_disk_read_only()
    {
        var command = new NodeCommand("pi1", "export-erp-data", "export", "/var/lib/longhorn/replicas/erp-data-0a1b2c3d", "--to", "/dev/longhorn/erp-data")
        {
            Attempt = "abc",
            Endpoint = "/dev/longhorn/erp-data",
            Timeout = TimeSpan.FromHours(12),
        };

        JobManifest.Write("blackstart-export-erp-data", command, new EstateNode("pi1", ["/var/lib/longhorn"], null), Settings).ShouldBe(
            $"""
            ---
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: blackstart-export-erp-data
              namespace: longhorn-system
              labels:
                app.kubernetes.io/managed-by: blackstart
                blackstart.dev/node: pi1
              annotations:
                blackstart.dev/attempt: abc
            spec:
              backoffLimit: 0
              activeDeadlineSeconds: 43200
              ttlSecondsAfterFinished: 3600
              template:
                metadata:
                  labels:
                    app.kubernetes.io/managed-by: blackstart
                    blackstart.dev/node: pi1
                spec:
                  nodeName: pi1
                  restartPolicy: Never
                  automountServiceAccountToken: false
                  hostPID: true
                  tolerations:
                  - operator: Exists
                  terminationGracePeriodSeconds: 30
                  containers:
                  - name: blackstart
                    image: registry.example/blackstart:1
                    imagePullPolicy: IfNotPresent
                    command:
                    - blackstart
                    - longhorn
                    - export
                    - /var/lib/longhorn/replicas/erp-data-0a1b2c3d
                    - --to
                    - /dev/longhorn/erp-data
                    - --node-version
                    - "{NodeArguments.Version}"
                    - --node-alone
                    - {NodeArguments.Of(command, isLifeline: false)[^1]}
                    securityContext:
                      privileged: true
                    volumeMounts:
                    - name: host-0
                      mountPath: /var/lib/longhorn
                      readOnly: true
                    - name: host-1
                      mountPath: /dev/longhorn
                      readOnly: false
                  volumes:
                  - name: host-0
                    hostPath:
                      path: /var/lib/longhorn
                      type: Directory
                  - name: host-1
                    hostPath:
                      path: /dev/longhorn
                      type: Directory

            """);
    }

    [Fact]
    public void The_socket_of_an_engine_in_user_space_has_its_folder_mounted()
    {
        var command = new NodeCommand("pi1", "look-erp", "check") { Endpoint = "nbd+unix:///erp?socket=/run/lab/erp.sock" };

        JobManifest.Write("x", command, new EstateNode("pi1", [], null), Settings).ShouldContain("path: /run/lab\n");
    }

    [Fact]
    public void Writers_of_a_volume_share_one_name_and_readers_never_do()
    {
        var read = new NodeCommand("pi1", "scan-pi1");
        var write = new NodeCommand("pi1", "export-erp") { Attempt = "a" };

        JobManifest.NameOf(write).ShouldBe(JobManifest.NameOf(write with { Attempt = "b", Node = "pi2" }));
        JobManifest.NameOf(read).ShouldNotBe(JobManifest.NameOf(read));
    }
}
