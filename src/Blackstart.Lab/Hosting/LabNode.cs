namespace Blackstart.Lab.Hosting;

/// <summary>A node of the lab, as <c>lab status</c> tells it.</summary>
/// <param name="Name">Its name in the cluster.</param>
/// <param name="LonghornDisk">Its Longhorn disk; <c>replicas/</c> lies below it.</param>
public sealed record LabNode(string Name, string LonghornDisk);
