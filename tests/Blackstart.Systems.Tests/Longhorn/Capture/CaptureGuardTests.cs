using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Longhorn.Content;
using Blackstart.Systems.Longhorn;
using Blackstart.Systems.Longhorn.Capture;

namespace Blackstart.Systems.Tests.Longhorn.Capture;

/// <summary>No capture of a cluster that lost something replaces the one that says what it was.</summary>
public sealed class CaptureGuardTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("blackstart-capture-").FullName;
    private readonly FakeCluster _cluster = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string File => Path.Combine(_folder, "deep", "longhorn.yaml");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_second_capture_of_an_unchanged_cluster_leaves_the_file_alone()
    {
        (await _cluster.CaptureAsync(File)).IsChanged.ShouldBeTrue();
        var written = System.IO.File.GetLastWriteTimeUtc(File);
        var text = await System.IO.File.ReadAllTextAsync(File, Cancelled);
        _cluster["Volume", "erp-data"]["status"]!["state"] = "detached";
        _cluster["Volume", "erp-data"]["spec"]!["nodeID"] = "pi3";
        _cluster["Volume", "erp-data"]["metadata"]!["resourceVersion"] = "99999";
        _cluster.Contents["erp-data"] = null;

        var report = await _cluster.CaptureAsync(File);

        report.IsChanged.ShouldBeFalse();
        report.NotRead.ShouldBe(["erp-data"]);
        (await System.IO.File.ReadAllTextAsync(File, Cancelled)).ShouldBe(text);
        System.IO.File.GetLastWriteTimeUtc(File).ShouldBe(written);
        Directory.GetFileSystemEntries(Path.GetDirectoryName(File)!).ShouldBe([File]);
    }

    [Fact]
    public async Task A_cluster_without_volumes_is_not_captured()
    {
        await _cluster.CaptureAsync(File);
        _cluster.Objects.RemoveAll(o => o["apiVersion"]!.GetValue<string>().StartsWith("longhorn.io", StringComparison.Ordinal));

        await RefusedAsync("BS4610");
    }

    [Fact]
    public async Task A_volume_that_became_empty_is_not_captured()
    {
        await _cluster.CaptureAsync(File);
        _cluster.Contents["documents"] = new VolumeContent { Kind = ContentKind.Blank };

        await RefusedAsync("BS4610");
    }

    [Fact]
    public async Task A_volume_that_vanished_is_kept_until_it_is_named()
    {
        await _cluster.CaptureAsync(File);
        foreach (var (kind, name) in ((string, string)[])[("Volume", "erp-data"), ("PersistentVolume", "pvc-erp"), ("PersistentVolumeClaim", "erp-data")])
        {
            _cluster.Remove(kind, name);
        }

        (await RefusedAsync("BS4611")).Remedy.ShouldEndWith("--forget erp-data");
        await _cluster.CaptureAsync(File, "erp-data");
        LonghornCapture.Load(File).Volumes.ShouldHaveSingleItem().Name.ShouldBe("documents");
    }

    [Theory]
    [InlineData("RecurringJob", "nightly-backup")]
    [InlineData("BackingImage", "template")]
    [InlineData("StorageClass", "longhorn")]
    [InlineData("PersistentVolumeClaim", "erp-data")]
    public async Task Other_things_that_vanished_are_kept_until_they_are_named(string kind, string name)
    {
        await _cluster.CaptureAsync(File);
        _cluster.Remove(kind, name);

        (await RefusedAsync("BS4611")).Remedy.ShouldEndWith($"--forget {kind}/{name}");
        await _cluster.CaptureAsync(File, $"{kind}/{name}");
    }

    [Theory]
    [InlineData("erp-data")]
    [InlineData("documents")]
    public async Task A_volume_made_again_must_prove_its_content_or_be_named(string volume)
    {
        await _cluster.CaptureAsync(File);
        _cluster["Volume", volume]["metadata"]!["uid"] = "another";
        _cluster.Contents[volume] = null;

        await RefusedAsync("BS4612");
        await _cluster.CaptureAsync(File, volume);
        LonghornCapture.Load(File).Volumes.Single(v => v.Name == volume).Content.ShouldBeNull();
    }

    [Fact]
    public async Task A_volume_made_again_with_its_own_file_system_back_is_captured()
    {
        await _cluster.CaptureAsync(File);
        _cluster["Volume", "documents"]["metadata"]!["uid"] = "another";

        await _cluster.CaptureAsync(File);
    }

    [Fact]
    public async Task A_volume_made_again_whose_content_names_itself_nowhere_proves_nothing()
    {
        await _cluster.CaptureAsync(File);
        _cluster["Volume", "erp-data"]["metadata"]!["uid"] = "another";

        await RefusedAsync("BS4612");
    }

    [Theory]
    [InlineData("another", "erp-data-bbbbbbbb", true)]
    [InlineData("a third", "erp-data-bbbbbbbb", false)]
    [InlineData("another", "erp-data-cccccccc", false)]
    public async Task A_volume_made_again_that_a_recovery_verified_is_captured_with_what_it_held(string uid, string directory, bool isTaken)
    {
        await _cluster.CaptureAsync(File);
        var volume = _cluster["Volume", "erp-data"];
        volume["metadata"]!["uid"] = "another";
        volume["metadata"]!["annotations"] = new JsonObject
        {
            [VolumeState.VerifiedAnnotation] = directory,
            [VolumeState.VerifiedUidAnnotation] = uid,
            [VolumeState.VerifiedContentAnnotation] = "raw",
        };
        foreach (var replica in _cluster.Objects.Where(o => o["kind"]!.GetValue<string>() == "Replica" && o["spec"]!["volumeName"]!.GetValue<string>() == "erp-data"))
        {
            replica["spec"]!["dataDirectoryName"] = "erp-data-bbbbbbbb";
            replica["spec"]!["healthyAt"] = "2026-04-01T12:00:00Z";
        }

        _cluster.Contents["erp-data"] = null;
        if (!isTaken)
        {
            await RefusedAsync("BS4612");
            return;
        }

        await _cluster.CaptureAsync(File);
        LonghornCapture.Load(File).Volumes.Single(v => v.Name == "erp-data").Content.ShouldBe("raw");
        volume["metadata"]!["annotations"]![VolumeState.UnfinishedAnnotation] = "true";
        await RefusedAsync("BS4617");
    }

    [Fact]
    public async Task A_volume_formatted_anew_is_refused()
    {
        await _cluster.CaptureAsync(File);
        _cluster.Contents["documents"] = new VolumeContent { Kind = ContentKind.Ext4, Uuid = "00000000-0000-0000-0000-000000000001" };

        await RefusedAsync("BS4612");
    }

    [Fact]
    public async Task The_capture_of_another_cluster_is_not_written_over()
    {
        await _cluster.CaptureAsync(File);
        _cluster.Uid = "another";

        await RefusedAsync("BS4613");
    }

    [Theory]
    [InlineData("erp-dta")]
    [InlineData("nightly-backup")]
    [InlineData("RecurringJob/nightly")]
    public async Task A_mistyped_name_forgets_nothing(string name)
    {
        await _cluster.CaptureAsync(File);

        await RefusedAsync("BS4614", name);
    }

    [Fact]
    public async Task A_file_that_is_no_capture_is_not_written_over()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        await System.IO.File.WriteAllTextAsync(File, "alias ll='ls -l'\n", Cancelled);

        await RefusedAsync("BS4602");
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_told()
    {
        await System.IO.File.WriteAllTextAsync(Path.Combine(_folder, "deep"), "", Cancelled);

        (await Should.ThrowAsync<BlackstartException>(() => _cluster.CaptureAsync(File))).Code.ShouldBe("BS4615");
    }

    [Fact]
    public async Task A_link_stays_a_link()
    {
        var target = Path.Combine(_folder, "in-git.yaml");
        var link = Path.Combine(_folder, "longhorn.yaml");
        System.IO.File.CreateSymbolicLink(link, target);

        await _cluster.CaptureAsync(link);

        System.IO.File.ResolveLinkTarget(link, false)!.FullName.ShouldBe(target);
        LonghornCapture.Load(target).Volumes.Count.ShouldBe(2);
    }

    /// <summary>The capture is refused, and the file is as it was.</summary>
    private async Task<BlackstartException> RefusedAsync(string code, params string[] forget)
    {
        var before = await System.IO.File.ReadAllTextAsync(File, Cancelled);
        var refusal = await Should.ThrowAsync<BlackstartException>(() => _cluster.CaptureAsync(File, forget));
        refusal.Code.ShouldBe(code);
        (await System.IO.File.ReadAllTextAsync(File, Cancelled)).ShouldBe(before);
        return refusal;
    }
}
