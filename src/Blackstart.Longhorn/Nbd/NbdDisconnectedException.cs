namespace Blackstart.Longhorn.Nbd;

/// <summary>The other side is gone, so there is nobody to tell of an error.</summary>
internal sealed class NbdDisconnectedException(Exception inner) : IOException("The NBD connection is gone.", inner);
