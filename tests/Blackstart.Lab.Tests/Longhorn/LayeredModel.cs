namespace Blackstart.Lab.Tests.Longhorn;

/// <summary>What a volume with snapshots should read as, kept as blocks in dictionaries.</summary>
internal sealed class LayeredModel(int blocks)
{
    private const int Block = 4096;
    private List<(string? Name, Dictionary<int, byte[]> Blocks)> _layers = [(null, [])];

    public IReadOnlyList<string> Snapshots => [.. _layers.SkipLast(1).Select(layer => layer.Name!)];

    public void Write(int offset, ReadOnlySpan<byte> data)
    {
        for (var index = 0; index < data.Length;)
        {
            var block = (offset + index) / Block;
            var within = (offset + index) % Block;
            var take = Math.Min(Block - within, data.Length - index);
            var content = ReadBlock(block);
            data.Slice(index, take).CopyTo(content.AsSpan(within));
            _layers[^1].Blocks[block] = content;
            index += take;
        }
    }

    public void Trim(int offset, int length)
    {
        for (var block = (offset + Block - 1) / Block; (block + 1) * Block <= offset + length; block++)
        {
            _layers[^1].Blocks.Remove(block);
        }
    }

    public void Snapshot(string name)
    {
        _layers[^1] = (name, _layers[^1].Blocks);
        _layers.Add((null, []));
    }

    public void Revert(string name)
    {
        _layers = [.. _layers.TakeWhile(layer => layer.Name != name), _layers.Single(layer => layer.Name == name), (null, [])];
    }

    public byte[] Content() => [.. Enumerable.Range(0, blocks).SelectMany(ReadBlock)];

    private byte[] ReadBlock(int block)
    {
        foreach (var layer in Enumerable.Reverse(_layers))
        {
            if (layer.Blocks.TryGetValue(block, out var content))
            {
                return (byte[])content.Clone();
            }
        }

        return new byte[Block];
    }
}
