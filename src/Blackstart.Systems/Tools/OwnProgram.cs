namespace Blackstart.Systems.Tools;

/// <summary>Commands in <c>blackstart.yaml</c> may name <c>blackstart</c> itself: that is this very program, wherever it lies.</summary>
internal static class OwnProgram
{
    /// <summary>The path of this program for the word <c>blackstart</c>; any other word unchanged.</summary>
    public static string Resolve(string tool) =>
        tool == "blackstart" && Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "blackstart" ? path : tool;
}
