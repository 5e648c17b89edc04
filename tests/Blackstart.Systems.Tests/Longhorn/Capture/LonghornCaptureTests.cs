using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Systems.Kubernetes;
using Blackstart.Systems.Longhorn.Capture;

namespace Blackstart.Systems.Tests.Longhorn.Capture;

public sealed class LonghornCaptureTests : IDisposable
{
    private const string Text = """
        ---
        apiVersion: longhorn.io/v1beta2
        kind: Volume
        metadata:
          name: erp-data
          namespace: longhorn-system
          annotations:
            blackstart.dev/content: raw
        spec:
          size: "67108864"
          numberOfReplicas: 3
        ---
        apiVersion: v1
        kind: PersistentVolume
        metadata: { name: erp-pv }
        spec: { csi: { driver: driver.longhorn.io, volumeHandle: erp-data } }
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: erp-claim, namespace: erp }
        spec: { volumeName: erp-pv }
        """;

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void A_volume_comes_with_its_content_and_its_bindings()
    {
        File.WriteAllText(_path, Text);

        var volume = LonghornCapture.Load(_path).Volumes.ShouldHaveSingleItem();

        volume.Name.ShouldBe("erp-data");
        volume.Size.ShouldBe(67108864);
        volume.Content.ShouldBe("raw");
        volume.Claim.ShouldBe(("erp", "erp-claim"));
        var manifest = YamlDocuments.Parse(volume.VolumeManifest).ShouldHaveSingleItem();
        manifest["spec"]!["size"]!.GetValue<string>().ShouldBe("67108864");
        YamlDocuments.Parse(volume.BindingManifests).Select(o => o["kind"]!.GetValue<string>()).ShouldBe(["PersistentVolume", "PersistentVolumeClaim"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("just text")]
    [InlineData("kind: Volume")]
    [InlineData("kind: Volume\nmetadata: {name: x}\nspec: {size: many}")]
    [InlineData("a: [")]
    [InlineData("kind: Volume\nmetadata: {name: x}\nspec: {size: '1'}\n---\nkind: Volume\nmetadata: {name: x}\nspec: {size: '2'}")]
    public void What_is_no_capture_is_refused_with_one_error(string text)
    {
        File.WriteAllText(_path, text);

        Should.Throw<BlackstartException>(() => LonghornCapture.Load(_path)).Code.ShouldBe("BS4602");
    }

    [Theory]
    [InlineData("true")]
    [InlineData("yes")]
    [InlineData("on")]
    [InlineData("1.5")]
    [InlineData("1e3")]
    [InlineData("012")]
    [InlineData("0x1f")]
    [InlineData("0o17")]
    [InlineData("1_000")]
    [InlineData("2026-01-02")]
    [InlineData("12:30:45")]
    [InlineData(".inf")]
    [InlineData("y")]
    [InlineData("No")]
    [InlineData("~")]
    [InlineData("30 2 * * *")]
    [InlineData("67108864")]
    [InlineData("null")]
    [InlineData("a: b")]
    [InlineData("")]
    [InlineData("line\nbreak")]
    public void A_text_stays_a_text(string text)
    {
        var read = YamlDocuments.Parse(YamlDocuments.Write(new JsonObject { ["value"] = text, ["number"] = 3, ["truth"] = true })).Single();

        YamlDocuments.Write(new JsonObject { ["value"] = text }).ShouldMatch("^---\nvalue: ['\"|>]", "every YAML reader must take it for text");
        read["value"]!.GetValue<string>().ShouldBe(text);
        read["number"]!.GetValue<long>().ShouldBe(3);
        read["truth"]!.GetValue<bool>().ShouldBeTrue();
    }
}
