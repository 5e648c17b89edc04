using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Extents;

/// <summary>Goes once through the allocated extents of a layer, forwards, holding a few hundred at a time.</summary>
internal sealed class ExtentCursor
{
    private readonly IVolumeLayer _layer;
    private readonly long _end;
    private readonly List<Extent> _batch = [];
    private int _index;
    private long _next;

    internal ExtentCursor(IVolumeLayer layer, long start, long end)
    {
        _layer = layer;
        _next = start;
        _end = Math.Min(end, layer.ExtentEnd);
    }

    /// <summary>The extent the cursor stands on, aligned to blocks; false at the end.</summary>
    /// <exception cref="IOException">The file system does not answer.</exception>
    internal bool TryPeek(out Extent extent)
    {
        while (_index == _batch.Count)
        {
            if (_next >= _end)
            {
                extent = default;
                return false;
            }

            _next = _layer.ReadExtents(_next, _end, _batch);
            _index = 0;
        }

        extent = _batch[_index];
        return true;
    }

    internal void Advance() => _index++;

    /// <summary>Leaves out every extent that ends at or before the offset.</summary>
    internal void SkipTo(long offset)
    {
        while (_index < _batch.Count && _batch[_index].End <= offset)
        {
            _index++;
        }

        if (_index == _batch.Count)
        {
            _next = Math.Max(_next, offset);
        }
    }
}
