namespace Blackstart.Bench.Measuring;

/// <summary>Rows in columns: the first column to the left, the others to the right.</summary>
internal sealed class Table(params string[] heads)
{
    private readonly List<string[]> _rows = [heads];

    public void Add(params string[] row) => _rows.Add(row);

    public void Print(TextWriter output)
    {
        var widths = Enumerable.Range(0, heads.Length).Select(column => _rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in _rows)
        {
            var cells = row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]));
            output.WriteLine($"  {string.Join("  ", cells)}".TrimEnd());
        }
    }
}
