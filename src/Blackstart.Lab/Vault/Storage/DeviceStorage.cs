using System.Collections.Immutable;
using Blackstart.Core.Errors;
using Blackstart.Longhorn.Blocks;

namespace Blackstart.Lab.Vault.Storage;

/// <summary>
/// An append log on a block device: two superblocks, two log areas. A write is a record appended and flushed; when the area
/// in force is nearly full, what is alive is written to the other area and the next superblock puts it in force. A record
/// that was cut off by a crash is the last one, was never acknowledged, and is overwritten.
/// </summary>
internal sealed class DeviceStorage : IVaultStorage
{
    private const int MinimumSize = 1024 * 1024;
    private const int SnapshotPayload = 1024 * 1024;

    private readonly IBlockDevice _device;
    private readonly Exclusive _writing = new();
    private ImmutableDictionary<string, byte[]> _entries = ImmutableDictionary<string, byte[]>.Empty;
    private Superblock? _superblock;
    private long _position;
    private long _sequence;
    private string? _broken;

    private DeviceStorage(IBlockDevice device)
    {
        _device = device;
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, byte[]> Entries => _entries;

    /// <summary>Opens a device. One of zeroes only is an empty storage and stays untouched until the first write.</summary>
    /// <exception cref="BlackstartException">BS6201: the device holds something else, or a damaged storage; nothing was written.</exception>
    public static async Task<DeviceStorage> OpenAsync(IBlockDevice device, CancellationToken cancellationToken)
    {
        var storage = new DeviceStorage(device);
        await storage.LoadAsync(cancellationToken);
        return storage;
    }

    /// <inheritdoc/>
    public async Task WriteAsync(IReadOnlyList<StorageChange> changes, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            if (_broken is not null)
            {
                throw new VaultStorageException(_broken, isDeviceLost: true);
            }

            // A caller that goes away does not interrupt a write half-way.
            await AppendAsync(changes);
        }
        catch (Exception error) when (error is not VaultStorageException)
        {
            _broken = $"The device failed: {error.Message}";
            throw new VaultStorageException(_broken, error, isDeviceLost: true);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <inheritdoc/>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        if (_broken is not null)
        {
            throw new VaultStorageException(_broken, isDeviceLost: true);
        }

        try
        {
            await _device.ReadAsync(0, new byte[Superblock.BlockSize], cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw new VaultStorageException($"The device failed: {error.Message}", error, isDeviceLost: true);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _device.DisposeAsync();
    }

    private async Task AppendAsync(IReadOnlyList<StorageChange> changes)
    {
        if (_superblock is null)
        {
            var first = new Superblock(1, 0, _device.Size, Guid.NewGuid());
            await _device.WriteAsync(0, first.ToBlock(), CancellationToken.None);
            await _device.FlushAsync(CancellationToken.None);
            _superblock = first;
        }

        var record = new LogRecord(_sequence, changes).ToBytes(_superblock.Epoch);
        if (_position + record.Length > _superblock.AreaLength)
        {
            await CompactAsync(_superblock);
            record = new LogRecord(_sequence, changes).ToBytes(_superblock.Epoch);
            if (_position + record.Length > _superblock.AreaLength)
            {
                throw new VaultStorageException($"The device is full: {_superblock.AreaLength} bytes for the log, {_position} of them alive.");
            }
        }

        await _device.WriteAsync(_superblock.AreaOffset + _position, record, CancellationToken.None);
        await _device.FlushAsync(CancellationToken.None);
        _position += record.Length;
        _sequence++;
        _entries = Apply(_entries, changes);
    }

    private async Task CompactAsync(Superblock current)
    {
        var next = new Superblock(current.Generation + 1, 1 - current.Area, current.DeviceSize, Guid.NewGuid());
        var position = 0L;
        var sequence = 0L;
        var batch = new List<StorageChange>();
        var size = 0;

        async Task WriteBatchAsync()
        {
            var record = new LogRecord(sequence, batch).ToBytes(next.Epoch);
            if (position + record.Length > next.AreaLength)
            {
                throw new VaultStorageException($"The device is full: what is alive does not fit into {next.AreaLength} bytes.");
            }

            await _device.WriteAsync(next.AreaOffset + position, record, CancellationToken.None);
            position += record.Length;
            sequence++;
            batch.Clear();
            size = 0;
        }

        foreach (var (name, value) in _entries.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            batch.Add(new StorageChange(name, value));
            size += name.Length + value.Length + 6;
            if (size >= SnapshotPayload)
            {
                await WriteBatchAsync();
            }
        }

        if (batch.Count > 0)
        {
            await WriteBatchAsync();
        }

        await _device.FlushAsync(CancellationToken.None);
        await _device.WriteAsync((next.Generation - 1) % 2 * Superblock.BlockSize, next.ToBlock(), CancellationToken.None);
        await _device.FlushAsync(CancellationToken.None);
        (_superblock, _position, _sequence) = (next, position, sequence);
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (_device.Size < MinimumSize)
        {
            throw Damaged($"it has {_device.Size} bytes, fewer than the {MinimumSize} a storage needs");
        }

        var blocks = new byte[2 * Superblock.BlockSize];
        await _device.ReadAsync(0, blocks, cancellationToken);
        var copies = new[] { Superblock.Read(blocks), Superblock.Read(blocks.AsSpan(Superblock.BlockSize)) };
        var newest = copies.OfType<Superblock>().MaxBy(copy => copy.Generation);
        if (newest is null)
        {
            await RequireBlankAsync(blocks, cancellationToken);
            return;
        }

        // A superblock is one sector and is written whole or not at all, so a copy that is neither whole nor blank is damage;
        // going on with the older one would silently take Vault back in time.
        for (var copy = 0; copy < copies.Length; copy++)
        {
            var blank = !blocks.AsSpan(copy * Superblock.BlockSize, Superblock.BlockSize).ContainsAnyExcept((byte)0);
            if (copies[copy] is null && !(blank && newest.Generation == 1))
            {
                throw Damaged($"copy {copy + 1} of its superblock is damaged");
            }
        }

        if (_device.Size < newest.DeviceSize)
        {
            throw Damaged($"it has {_device.Size} bytes and was made with {newest.DeviceSize}: the end is missing");
        }

        _superblock = newest;
        await ReplayAsync(newest, cancellationToken);
    }

    private async Task ReplayAsync(Superblock superblock, CancellationToken cancellationToken)
    {
        // A log is read in large pieces: over a network each read is a round trip.
        var window = new DeviceWindow(_device, superblock.AreaOffset, superblock.AreaLength);
        var entries = _entries.ToBuilder();
        while (true)
        {
            var header = await window.ReadAsync(_position, LogRecord.HeaderLength, cancellationToken);
            var length = LogRecord.LengthAt(header.Span, superblock.Epoch);
            if (length == 0 || _position + length > superblock.AreaLength)
            {
                break;
            }

            var record = LogRecord.Read((await window.ReadAsync(_position, length, cancellationToken)).Span);
            if (record is null || record.Sequence != _sequence)
            {
                break;
            }

            foreach (var change in record.Changes)
            {
                if (change.Value is null)
                {
                    entries.Remove(change.Name);
                }
                else
                {
                    entries[change.Name] = change.Value;
                }
            }

            _position += length;
            _sequence++;
        }

        await RequireEndAsync(window, superblock, cancellationToken);
        _entries = entries.ToImmutable();
    }

    /// <summary>Writes follow each other, so a whole record behind the end of the log means that one before it is damaged.</summary>
    private async Task RequireEndAsync(DeviceWindow window, Superblock superblock, CancellationToken cancellationToken)
    {
        var end = Math.Min(superblock.AreaLength, _position + LogRecord.HeaderLength + LogRecord.MaximumPayload + LogRecord.Alignment);
        for (var position = _position; position < end; position += LogRecord.Alignment)
        {
            var header = await window.ReadAsync(position, LogRecord.HeaderLength, cancellationToken);
            var length = LogRecord.LengthAt(header.Span, superblock.Epoch);
            if (length == 0 || position + length > superblock.AreaLength)
            {
                continue;
            }

            var record = LogRecord.Read((await window.ReadAsync(position, length, cancellationToken)).Span);
            if (record is not null && record.Sequence >= _sequence)
            {
                throw Damaged($"record {_sequence} of its log is damaged, and record {record.Sequence} follows it");
            }
        }
    }

    private async Task RequireBlankAsync(byte[] blocks, CancellationToken cancellationToken)
    {
        if (blocks.AsSpan().ContainsAnyExcept((byte)0))
        {
            throw Damaged("its first blocks hold neither zeroes nor a Vault storage");
        }

        var start = new byte[Math.Min(MinimumSize, _device.Size) - blocks.Length];
        await _device.ReadAsync(blocks.Length, start, cancellationToken);
        if (start.AsSpan().ContainsAnyExcept((byte)0))
        {
            throw Damaged("it holds data, but both superblocks are zeroes");
        }
    }

    private static ImmutableDictionary<string, byte[]> Apply(ImmutableDictionary<string, byte[]> entries, IReadOnlyList<StorageChange> changes)
    {
        var builder = entries.ToBuilder();
        foreach (var change in changes)
        {
            if (change.Value is null)
            {
                builder.Remove(change.Name);
            }
            else
            {
                builder[change.Name] = change.Value;
            }
        }

        return builder.ToImmutable();
    }

    private static BlackstartException Damaged(string cause) => new(
        "BS6201",
        ExitCode.CouldNotVerify,
        "Opening Vault's storage on its device",
        cause,
        "Attach the volume that holds Vault's data, or restore it; an empty volume would be a new Vault, so nothing was written.");
}
