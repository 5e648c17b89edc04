using System.Text;

namespace Blackstart.Lab.Kubelet;

/// <summary>Turns paths inside a container into the real places: a pod of the lab is a plain process with no file system of its own.</summary>
internal sealed class PathSubstitution
{
    private readonly List<(string Inside, string Real)> _places = [];

    /// <summary>Says where a mount or device path of the container really is.</summary>
    public void Add(string inside, string real)
    {
        _places.Add((inside.TrimEnd('/'), real));
        _places.Sort((a, b) => b.Inside.Length.CompareTo(a.Inside.Length));
    }

    /// <summary>The text with every such path replaced, where it stands as a whole path or the start of one.</summary>
    public string Apply(string text)
    {
        var result = new StringBuilder();
        for (var i = 0; i < text.Length;)
        {
            var (inside, real) = _places.FirstOrDefault(place => IsAt(text, i, place.Inside));
            if (inside is null)
            {
                result.Append(text[i++]);
            }
            else
            {
                result.Append(real);
                i += inside.Length;
            }
        }

        return result.ToString();
    }

    private static bool IsAt(string text, int index, string path)
    {
        var end = index + path.Length;
        return path.Length > 0
            && string.CompareOrdinal(text, index, path, 0, path.Length) == 0
            && (index == 0 || text[index - 1] is '=' or ',' or ' ' or ':')
            && (end == text.Length || text[end] is '/' or ',' or ' ' or ':');
    }
}
