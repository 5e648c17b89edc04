namespace Blackstart.Lab.Erp;

/// <summary>The ERP does not work with what it found; it says so and ends rather than change it.</summary>
internal sealed class ErpRefusedException(string message) : Exception(message);
