using System.Text;

namespace Blackstart.Cli.Rendering;

/// <summary>Lines in columns, each as wide as its widest cell; a line may have a text of its own beneath it.</summary>
internal sealed class Columns(string indent)
{
    private readonly List<(string[] Cells, string? Beneath)> _lines = [];

    public void Add(params string[] cells) => _lines.Add((cells, null));

    public void Add(string? beneath, string[] cells) => _lines.Add((cells, beneath));

    public override string ToString()
    {
        var widths = new List<int>();
        foreach (var (cells, _) in _lines)
        {
            for (var i = 0; i < cells.Length; i++)
            {
                if (i == widths.Count)
                {
                    widths.Add(0);
                }

                widths[i] = Math.Max(widths[i], cells[i].Length);
            }
        }

        var text = new StringBuilder();
        foreach (var (cells, beneath) in _lines)
        {
            var line = new StringBuilder(indent);
            for (var i = 0; i < cells.Length; i++)
            {
                line.Append(i == cells.Length - 1 ? cells[i] : cells[i].PadRight(widths[i] + 2));
            }

            text.Append(line.ToString().TrimEnd()).Append('\n');
            if (beneath is not null)
            {
                text.Append(indent).Append(' ', widths[0] + 2).Append(beneath).Append('\n');
            }
        }

        return text.ToString();
    }
}
