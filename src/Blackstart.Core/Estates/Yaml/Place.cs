using System.Runtime.InteropServices;

namespace Blackstart.Core.Estates.Yaml;

/// <summary>Where something stands in a file; both numbers from 1.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Place(int Line, int Column);
