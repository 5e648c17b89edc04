namespace Blackstart.Lab.Erp.Acceptance;

/// <summary>Counts while receipts are compared.</summary>
internal sealed class AcceptanceTally(string what)
{
    private const int MostDetails = 20;
    private readonly List<string> _details = [];
    private long _acknowledged;
    private long _recovered;
    private long _lost;
    private long _corrupted;
    private AcceptedItem? _newest;

    public void Recovered(AcceptedItem item)
    {
        _acknowledged++;
        _recovered++;
        if (_newest is null || item.Number > _newest.Number)
        {
            _newest = item;
        }
    }

    public void Lost(string detail)
    {
        _acknowledged++;
        _lost++;
        Tell(detail);
    }

    public void Corrupted(string detail)
    {
        _acknowledged++;
        _corrupted++;
        Tell(detail);
    }

    public AcceptanceReport Report() => new(1, what, _acknowledged, _recovered, _lost, _corrupted, _newest, _details);

    private void Tell(string detail)
    {
        if (_details.Count < MostDetails)
        {
            _details.Add(detail);
        }
    }
}
