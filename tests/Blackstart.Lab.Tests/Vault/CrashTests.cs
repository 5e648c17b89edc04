using System.Diagnostics;
using Blackstart.Core.Errors;
using Blackstart.Lab.Vault.Crypto;
using Blackstart.Lab.Vault.Storage;
using Blackstart.Longhorn.Blocks;
using FsCheck;
using FsCheck.Fluent;

namespace Blackstart.Lab.Tests.Vault;

public sealed class CrashTests
{
    private const int Size = 1024 * 1024;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_while_writing_it_still_has_every_acknowledged_write()
    {
        await using var folder = await TemporaryVault.StartAsync();
        var key = await folder.Client.OpenAsync();
        var token = folder.Client.Token;
        await folder.Client.OkAsync("POST", "sys/mounts/kv", """{"type":"kv"}""");
        await folder.StopAsync();
        var acknowledged = 0;
        for (var round = 0; round < 3; round++)
        {
            await using var child = VaultChild.Start(folder.Device);
            (await child.AnswersAsync()).ShouldBeTrue();
            child.Client.Token = token;
            await child.Client.UnsealAsync(key);
            for (var old = 0; old < acknowledged; old++)
            {
                (await child.Client.SendAsync("GET", $"kv/{old}")).Status.ShouldBe(200, $"write {old} in round {round}");
            }

            var writing = WriteAsync(child.Client);
            var deadline = Stopwatch.StartNew();
            var before = acknowledged;
            while (Volatile.Read(ref acknowledged) < before + 20)
            {
                deadline.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Cancel);
            }

            await child.KillAsync();
            await writing;
        }

        async Task WriteAsync(VaultClient client)
        {
            try
            {
                while (true)
                {
                    await client.OkAsync("PUT", $"kv/{acknowledged}", """{"v":"1"}""");
                    Interlocked.Increment(ref acknowledged);
                }
            }
            catch (HttpRequestException)
            {
                // Killed.
            }
        }
    }

    [Fact]
    public async Task Refuses_to_start_on_a_device_that_holds_something_else_and_leaves_it_alone()
    {
        var file = Path.GetTempFileName();
        try
        {
            var content = new byte[Size];
            "not a Vault"u8.CopyTo(content.AsSpan(300_000));
            await File.WriteAllBytesAsync(file, content, Cancel);
            await using var child = VaultChild.Start(file);
            var (code, errors) = await child.EndAsync();
            code.ShouldBe((int)ExitCode.CouldNotVerify);
            errors.ShouldContain("BS6201");
            (await File.ReadAllBytesAsync(file, Cancel)).ShouldBe(content);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_write_cut_off_anywhere_is_there_whole_or_not_at_all()
    {
        for (var limit = 0; limit < 40; limit++)
        {
            var device = new CuttingDevice(Size) { BytesLeft = long.MaxValue };
            var storage = await DeviceStorage.OpenAsync(device, Cancel);
            await storage.WriteAsync([new StorageChange("a", [1]), new StorageChange("b", [1])], Cancel);
            device.BytesLeft = limit * 17;
            await Should.ThrowAsync<VaultStorageException>(() => storage.WriteAsync([new StorageChange("a", [2]), new StorageChange("b", [.. Enumerable.Repeat((byte)7, 600)])], Cancel));

            device.BytesLeft = long.MaxValue;
            var reopened = await DeviceStorage.OpenAsync(device, Cancel);
            reopened.Entries["a"].ShouldBe([1]);
            reopened.Entries["b"].ShouldBe([1]);
            await reopened.WriteAsync([new StorageChange("a", [3])], Cancel);
            (await DeviceStorage.OpenAsync(device, Cancel)).Entries["a"].ShouldBe([3]);
        }
    }

    [Fact]
    public async Task Compacts_when_the_log_is_full_and_loses_nothing_when_cut_off_meanwhile()
    {
        var random = new Random(4);
        var device = new CuttingDevice(Size) { BytesLeft = long.MaxValue };
        var storage = await DeviceStorage.OpenAsync(device, Cancel);
        var expected = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        for (var write = 0; write < 600; write++)
        {
            var change = new StorageChange($"name{random.Next(40)}", new byte[random.Next(4000)]);
            random.NextBytes(change.Value!);
            device.BytesLeft = write % 5 == 4 ? random.Next(6000) : long.MaxValue;
            try
            {
                await storage.WriteAsync([change], Cancel);
                expected[change.Name] = change.Value!;
            }
            catch (VaultStorageException)
            {
                device.BytesLeft = long.MaxValue;
                storage = await DeviceStorage.OpenAsync(device, Cancel);
                if (storage.Entries.TryGetValue(change.Name, out var value) && value.AsSpan().SequenceEqual(change.Value))
                {
                    // Written, and not acknowledged: allowed.
                    expected[change.Name] = change.Value!;
                }
            }

            storage.Entries.Count.ShouldBe(expected.Count);
        }

        var last = await DeviceStorage.OpenAsync(device, Cancel);
        foreach (var (name, value) in expected)
        {
            last.Entries[name].ShouldBe(value);
        }
    }

    [Fact]
    public async Task Finds_a_damaged_record_that_others_follow()
    {
        var device = new CuttingDevice(Size) { BytesLeft = long.MaxValue };
        var storage = await DeviceStorage.OpenAsync(device, Cancel);
        for (var write = 0; write < 5; write++)
        {
            await storage.WriteAsync([new StorageChange("name", [(byte)write])], Cancel);
        }

        device.Content[(2 * Superblock.BlockSize) + 512 + 66] ^= 1;
        (await Should.ThrowAsync<BlackstartException>(() => DeviceStorage.OpenAsync(device, Cancel))).Code.ShouldBe("BS6201");
    }

    [Fact]
    public async Task Refuses_what_does_not_fit_and_goes_on()
    {
        await using var vault = await TemporaryVault.StartAsync();
        await vault.Client.OpenAsync();
        await vault.Client.OkAsync("POST", "sys/mounts/kv", """{"type":"kv"}""");
        (await vault.Client.SendAsync("PUT", "kv/large", $$"""{"v":"{{new string('x', 5_000_000)}}"}""")).Status.ShouldBe(500);
        var fits = true;
        for (var number = 0; fits && number < 20; number++)
        {
            fits = (await vault.Client.SendAsync("PUT", $"kv/{number}", $$"""{"v":"{{new string('x', 1_000_000)}}"}""")).Status == 204;
        }

        fits.ShouldBeFalse();
        await vault.Client.OkAsync("DELETE", "kv/0");
        await vault.Client.OkAsync("PUT", "kv/small", """{"v":"1"}""");
        vault.Server.DeviceLost.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Ends_when_its_device_is_gone()
    {
        await using var vault = await TemporaryVault.StartAsync();
        await vault.Client.OpenAsync();
        using (var truncate = Process.Start(new ProcessStartInfo("truncate", ["-s", "0", vault.Device]))!)
        {
            await truncate.WaitForExitAsync(Cancel);
        }

        (await vault.Server.DeviceLost.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Cancel)).Message.ShouldContain("device");
    }

    [Fact]
    public void Any_threshold_of_shares_gives_the_secret_back()
    {
        Prop.ForAll<NonNull<byte[]>, byte, byte>((secret, more, seed) =>
        {
            var threshold = 2 + (seed % 4);
            var shares = KeyShares.Split(secret.Get, threshold + (more % 4), threshold);
            new Random(seed).Shuffle(shares);
            return secret.Get.Length == 0 || KeyShares.Combine(shares[..threshold]).AsSpan().SequenceEqual(secret.Get);
        }).QuickCheckThrowOnFailure();
    }

    /// <summary>A device in memory that takes so many bytes more and then fails in the middle of a write.</summary>
    private sealed class CuttingDevice(int size) : IBlockDevice
    {
        public byte[] Content { get; } = new byte[size];

        public long BytesLeft { get; set; }

        public long Size => Content.Length;

        public Task ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            Content.AsSpan((int)offset, buffer.Length).CopyTo(buffer.Span);
            return Task.CompletedTask;
        }

        public Task WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            // Sectors are written whole.
            var written = BytesLeft >= data.Length ? data.Length : (int)(BytesLeft / 512 * 512);
            data.Span[..written].CopyTo(Content.AsSpan((int)offset));
            BytesLeft -= written;
            return written == data.Length ? Task.CompletedTask : throw new IOException("The cable was pulled.");
        }

        public Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
