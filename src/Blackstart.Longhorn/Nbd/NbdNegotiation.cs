using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Blackstart.Longhorn.Blocks;

namespace Blackstart.Longhorn.Nbd;

/// <summary>The server's side of fixed newstyle negotiation: what a client asks for until it is given an export.</summary>
internal sealed class NbdNegotiation(Stream stream, NbdReader reader, IReadOnlyList<NbdExport> exports)
{
    /// <summary>Longest option data that is looked at: one name, and queries for meta contexts.</summary>
    private const int MaximumOption = 16 * 1024;

    /// <summary>Longest option data that is read at all, to be refused politely; a client that announces more is cut off.</summary>
    private const int MaximumSkipped = 1024 * 1024;

    /// <summary>A client that asks more than this has no export in mind.</summary>
    private const int MaximumOptions = 1024;

    private string? _allocationOf;

    /// <summary>True once the client understands structured replies.</summary>
    public bool Structured { get; private set; }

    /// <summary>True if the client chose the context base:allocation for the export it got.</summary>
    public bool Allocation { get; private set; }

    /// <summary>Talks until the client has an export; null if it gave up.</summary>
    /// <exception cref="InvalidDataException">The client does not speak the protocol.</exception>
    public async Task<NbdExport?> RunAsync(CancellationToken cancellationToken)
    {
        var greeting = new byte[18];
        BinaryPrimitives.WriteUInt64BigEndian(greeting, NbdProtocol.InitialMagic);
        BinaryPrimitives.WriteUInt64BigEndian(greeting.AsSpan(8), NbdProtocol.OptionMagic);
        BinaryPrimitives.WriteUInt16BigEndian(greeting.AsSpan(16), NbdProtocol.FixedNewstyle | NbdProtocol.NoZeroes);
        await stream.WriteAsync(greeting, cancellationToken).ConfigureAwait(false);

        var header = new byte[16];
        await reader.ReadAsync(header.AsMemory(0, 4), cancellationToken).ConfigureAwait(false);
        var clientFlags = BinaryPrimitives.ReadUInt32BigEndian(header);
        if ((clientFlags & ~(uint)(NbdProtocol.FixedNewstyle | NbdProtocol.NoZeroes)) != 0)
        {
            throw new InvalidDataException("The client set handshake flags that were not offered.");
        }

        for (var count = 0; count < MaximumOptions; count++)
        {
            if (!await reader.TryReadAsync(header, cancellationToken).ConfigureAwait(false))
            {
                return null;
            }

            if (BinaryPrimitives.ReadUInt64BigEndian(header) != NbdProtocol.OptionMagic)
            {
                throw new InvalidDataException("An option does not start with its magic number.");
            }

            var option = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(8));
            var length = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(12));
            if (length > MaximumOption)
            {
                if (length > MaximumSkipped || option == NbdProtocol.OptionExportName)
                {
                    throw new InvalidDataException($"An option of {length} bytes.");
                }

                await reader.SkipAsync(length, cancellationToken).ConfigureAwait(false);
                await ReplyAsync(option, NbdProtocol.ReplyTooBig, "option too long"u8.ToArray(), cancellationToken).ConfigureAwait(false);
                continue;
            }

            var data = new byte[length];
            await reader.ReadAsync(data, cancellationToken).ConfigureAwait(false);
            switch (option)
            {
                case NbdProtocol.OptionExportName:
                    return await ExportNameAsync(data, (clientFlags & NbdProtocol.NoZeroes) != 0, cancellationToken).ConfigureAwait(false);
                case NbdProtocol.OptionAbort:
                    await ReplyAsync(option, NbdProtocol.ReplyAck, [], cancellationToken).ConfigureAwait(false);
                    return null;
                case NbdProtocol.OptionList:
                    await ListAsync(data, cancellationToken).ConfigureAwait(false);
                    break;
                case NbdProtocol.OptionInfo or NbdProtocol.OptionGo:
                    if (await InformAsync(option, data, cancellationToken).ConfigureAwait(false) is { } export && option == NbdProtocol.OptionGo)
                    {
                        return export;
                    }

                    break;
                case NbdProtocol.OptionStructuredReply:
                    Structured |= data.Length == 0;
                    await ReplyAsync(option, data.Length == 0 ? NbdProtocol.ReplyAck : NbdProtocol.ReplyInvalid, [], cancellationToken).ConfigureAwait(false);
                    break;
                case NbdProtocol.OptionListMetaContext or NbdProtocol.OptionSetMetaContext:
                    await MetaContextAsync(option, data, cancellationToken).ConfigureAwait(false);
                    break;
                default:
                    await ReplyAsync(option, NbdProtocol.ReplyUnsupported, [], cancellationToken).ConfigureAwait(false);
                    break;
            }
        }

        throw new InvalidDataException("Too many options.");
    }

    private async Task<NbdExport> ExportNameAsync(byte[] data, bool noZeroes, CancellationToken cancellationToken)
    {
        // This option has no way to refuse but to hang up.
        var export = Find(Encoding.UTF8.GetString(data)) ?? throw new InvalidDataException("The client asked for an unknown export.");
        var reply = new byte[noZeroes ? 10 : 134];
        BinaryPrimitives.WriteInt64BigEndian(reply, export.Device.Size);
        BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(8), export.TransmissionFlags);
        await stream.WriteAsync(reply, cancellationToken).ConfigureAwait(false);
        Chosen(export);
        return export;
    }

    private async Task ListAsync(byte[] data, CancellationToken cancellationToken)
    {
        if (data.Length != 0)
        {
            await ReplyAsync(NbdProtocol.OptionList, NbdProtocol.ReplyInvalid, [], cancellationToken).ConfigureAwait(false);
            return;
        }

        foreach (var export in exports)
        {
            var name = Encoding.UTF8.GetBytes(export.Name);
            var reply = new byte[4 + name.Length];
            BinaryPrimitives.WriteInt32BigEndian(reply, name.Length);
            name.CopyTo(reply, 4);
            await ReplyAsync(NbdProtocol.OptionList, NbdProtocol.ReplyServer, reply, cancellationToken).ConfigureAwait(false);
        }

        await ReplyAsync(NbdProtocol.OptionList, NbdProtocol.ReplyAck, [], cancellationToken).ConfigureAwait(false);
    }

    private async Task<NbdExport?> InformAsync(uint option, byte[] data, CancellationToken cancellationToken)
    {
        var position = 0;
        if (!TryString(data, ref position, out var name) || data.Length - position < 2
            || data.Length - position - 2 != 2 * BinaryPrimitives.ReadUInt16BigEndian(data.AsSpan(position)))
        {
            await ReplyAsync(option, NbdProtocol.ReplyInvalid, [], cancellationToken).ConfigureAwait(false);
            return null;
        }

        if (Find(name) is not { } export)
        {
            await ReplyAsync(option, NbdProtocol.ReplyUnknown, Encoding.UTF8.GetBytes("no such export"), cancellationToken).ConfigureAwait(false);
            return null;
        }

        for (var request = position + 2; request < data.Length; request += 2)
        {
            switch (BinaryPrimitives.ReadUInt16BigEndian(data.AsSpan(request)))
            {
                case NbdProtocol.InfoName:
                    await InfoAsync(option, NbdProtocol.InfoName, Encoding.UTF8.GetBytes(export.Name), cancellationToken).ConfigureAwait(false);
                    break;
                case NbdProtocol.InfoDescription when export.Description is { } description:
                    await InfoAsync(option, NbdProtocol.InfoDescription, Encoding.UTF8.GetBytes(description), cancellationToken).ConfigureAwait(false);
                    break;
            }
        }

        var sizes = new byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(sizes, 1);
        BinaryPrimitives.WriteUInt32BigEndian(sizes.AsSpan(4), 4096);
        BinaryPrimitives.WriteUInt32BigEndian(sizes.AsSpan(8), NbdProtocol.MaximumPayload);
        await InfoAsync(option, NbdProtocol.InfoBlockSize, sizes, cancellationToken).ConfigureAwait(false);

        var about = new byte[10];
        BinaryPrimitives.WriteInt64BigEndian(about, export.Device.Size);
        BinaryPrimitives.WriteUInt16BigEndian(about.AsSpan(8), export.TransmissionFlags);
        await InfoAsync(option, NbdProtocol.InfoExport, about, cancellationToken).ConfigureAwait(false);
        if (option == NbdProtocol.OptionGo)
        {
            Chosen(export);
        }

        await ReplyAsync(option, NbdProtocol.ReplyAck, [], cancellationToken).ConfigureAwait(false);
        return export;
    }

    private async Task MetaContextAsync(uint option, byte[] data, CancellationToken cancellationToken)
    {
        var set = option == NbdProtocol.OptionSetMetaContext;
        if (set)
        {
            _allocationOf = null;
        }

        var position = 0;
        if (!Structured || !TryString(data, ref position, out var name) || !TryQueries(data, position, out var queries))
        {
            await ReplyAsync(option, NbdProtocol.ReplyInvalid, [], cancellationToken).ConfigureAwait(false);
            return;
        }

        if (Find(name) is not { } export)
        {
            await ReplyAsync(option, NbdProtocol.ReplyUnknown, [], cancellationToken).ConfigureAwait(false);
            return;
        }

        var wanted = set
            ? queries.Contains(NbdProtocol.BaseAllocation)
            : queries.Count == 0 || queries.Contains(NbdProtocol.BaseAllocation) || queries.Contains("base:");
        if (wanted && export.Device is IAllocatedBlockDevice)
        {
            var reply = new byte[4 + NbdProtocol.BaseAllocation.Length];
            BinaryPrimitives.WriteUInt32BigEndian(reply, set ? NbdConnection.AllocationContext : 0);
            Encoding.ASCII.GetBytes(NbdProtocol.BaseAllocation, reply.AsSpan(4));
            await ReplyAsync(option, NbdProtocol.ReplyMetaContext, reply, cancellationToken).ConfigureAwait(false);
            if (set)
            {
                _allocationOf = export.Name;
            }
        }

        await ReplyAsync(option, NbdProtocol.ReplyAck, [], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A context counts only for the export it was chosen for.</summary>
    private void Chosen(NbdExport export) => Allocation = _allocationOf == export.Name;

    /// <summary>The empty name is the first export.</summary>
    private NbdExport? Find(string name) =>
        exports.FirstOrDefault(export => export.Name == name) ?? (name.Length == 0 ? exports[0] : null);

    private static bool TryString(byte[] data, ref int position, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (data.Length - position < 4)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(position));
        if (length > NbdProtocol.MaximumString || length > data.Length - position - 4)
        {
            return false;
        }

        text = Encoding.UTF8.GetString(data, position + 4, (int)length);
        position += 4 + (int)length;
        return true;
    }

    private static bool TryQueries(byte[] data, int position, out List<string> queries)
    {
        queries = [];
        if (data.Length - position < 4)
        {
            return false;
        }

        var count = BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(position));
        position += 4;
        for (var index = 0u; index < count; index++)
        {
            if (!TryString(data, ref position, out var query))
            {
                return false;
            }

            queries.Add(query);
        }

        return position == data.Length;
    }

    private Task InfoAsync(uint option, ushort type, byte[] payload, CancellationToken cancellationToken)
    {
        var data = new byte[2 + payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(data, type);
        payload.CopyTo(data, 2);
        return ReplyAsync(option, NbdProtocol.ReplyInfo, data, cancellationToken);
    }

    private async Task ReplyAsync(uint option, uint type, byte[] data, CancellationToken cancellationToken)
    {
        var reply = new byte[20 + data.Length];
        BinaryPrimitives.WriteUInt64BigEndian(reply, NbdProtocol.OptionReplyMagic);
        BinaryPrimitives.WriteUInt32BigEndian(reply.AsSpan(8), option);
        BinaryPrimitives.WriteUInt32BigEndian(reply.AsSpan(12), type);
        BinaryPrimitives.WriteInt32BigEndian(reply.AsSpan(16), data.Length);
        data.CopyTo(reply, 20);
        await stream.WriteAsync(reply, cancellationToken).ConfigureAwait(false);
    }
}
