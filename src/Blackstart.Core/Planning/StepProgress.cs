using System.Runtime.InteropServices;

namespace Blackstart.Core.Planning;

/// <summary>How far a long copy has come.</summary>
/// <param name="Done">Bytes done.</param>
/// <param name="Total">Bytes in all.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct StepProgress(long Done, long Total);
