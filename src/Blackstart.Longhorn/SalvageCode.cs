namespace Blackstart.Longhorn;

/// <summary>The stable codes of everything this library refuses or warns of, and what to do about each.</summary>
public static class SalvageCode
{
    /// <summary>The directory cannot be opened: absent, not a directory, a symbolic link, or not readable.</summary>
    public const string DirectoryUnreadable = "BS5001";

    /// <summary>The directory's name is not <c>VOLUME-8HEX</c>.</summary>
    public const string NotAReplicaName = "BS5002";

    /// <summary>Another process has a file of the replica open for writing.</summary>
    public const string InUse = "BS5003";

    /// <summary><c>volume.meta</c> is missing or empty and what it said cannot be concluded from the rest.</summary>
    public const string VolumeMetadataMissing = "BS5010";

    /// <summary>A metadata file is not what the engine writes: not JSON, filled with NUL, truncated, too large, wrong types.</summary>
    public const string MetadataInvalid = "BS5011";

    /// <summary>The volume's size is not positive, not a multiple of 512, or beyond what a file can hold.</summary>
    public const string SizeInvalid = "BS5012";

    /// <summary>The replica was being filled from another one.</summary>
    public const string Rebuilding = "BS5013";

    /// <summary>The engine recorded a fatal error.</summary>
    public const string EngineError = "BS5014";

    /// <summary>A head or parent has a name that no engine writes, such as one that leads out of the directory.</summary>
    public const string LayerNameInvalid = "BS5015";

    /// <summary>The chain comes back to a layer it already has.</summary>
    public const string ChainCyclic = "BS5016";

    /// <summary>The chain has more layers than the engine allows (250).</summary>
    public const string ChainTooLong = "BS5017";

    /// <summary>A layer of the chain lacks its image or its metadata.</summary>
    public const string LayerMissing = "BS5018";

    /// <summary>A link, FIFO, device or directory lies where a file should be.</summary>
    public const string NotARegularFile = "BS5019";

    /// <summary>A layer's length does not fit the volume or the layer above.</summary>
    public const string LayerLengthInvalid = "BS5020";

    /// <summary>No layer holds any data and there is no backing image.</summary>
    public const string Empty = "BS5021";

    /// <summary>A restore or clone into the replica was not finished.</summary>
    public const string RestoreUnfinished = "BS5022";

    /// <summary>A snapshot's content does not match the checksum that is recorded for it and still valid.</summary>
    public const string SnapshotCorrupted = "BS5023";

    /// <summary>No layer has a hole: the copy lost its hole map, so lower layers are hidden by zeros.</summary>
    public const string HolesLost = "BS5024";

    /// <summary>The file system cannot say where files are allocated (no FIEMAP), so the layers cannot be told apart.</summary>
    public const string NoExtentMap = "BS5025";

    /// <summary>A file of the replica cannot be read, or changed while it was read.</summary>
    public const string ReadFailed = "BS5026";

    /// <summary>The backing image that the replica stands on is not found.</summary>
    public const string BackingImageMissing = "BS5030";

    /// <summary>The backing image is not usable: its format, what it refers to, its size or its identity.</summary>
    public const string BackingImageInvalid = "BS5031";

    /// <summary>The backing image does not have the recorded checksum.</summary>
    public const string BackingImageCorrupted = "BS5032";

    /// <summary>The data belongs to Longhorn's V2 data engine (SPDK), which keeps no replica directories.</summary>
    public const string SecondDataEngine = "BS5033";

    /// <summary>Several replicas could be the right one and the evidence does not decide.</summary>
    public const string ChoiceAmbiguous = "BS5040";

    /// <summary>No replica of the volume can be recovered.</summary>
    public const string NothingToChoose = "BS5041";

    /// <summary>The target exists.</summary>
    public const string TargetExists = "BS5050";

    /// <summary>The replica has no snapshot of that name.</summary>
    public const string SnapshotUnknown = "BS5042";

    /// <summary>Warning: a snapshot is marked as removed, so a purge may have taken from it what the layers above replaced.</summary>
    public const string SnapshotRemoved = "BS5043";

    /// <summary>A device cannot be opened or reached.</summary>
    public const string DeviceUnreachable = "BS5044";

    /// <summary>The file system on a device or in an image is damaged.</summary>
    public const string FileSystemDamaged = "BS5045";

    /// <summary>Note: the unfinished image of an earlier export cannot be gone on with, so it is written anew.</summary>
    public const string StartedAnew = "BS5046";

    /// <summary>Warning: the unfinished image of an earlier export did not hold everywhere what had been written to it; what differed was written again.</summary>
    public const string UnfinishedImageDamaged = "BS5047";

    /// <summary>The target is mounted, used as swap, or held open by another program.</summary>
    public const string TargetInUse = "BS5057";

    /// <summary>The device is not provably fresh and empty.</summary>
    public const string TargetNotFresh = "BS5058";

    /// <summary>The date that acknowledges the overwriting of a device is not today's.</summary>
    public const string OverwriteDateWrong = "BS5059";

    /// <summary>The target is a symbolic link.</summary>
    public const string TargetIsLink = "BS5051";

    /// <summary>The target lies in a replica directory or among replica directories.</summary>
    public const string TargetInsideReplica = "BS5052";

    /// <summary>The target has no room for the volume.</summary>
    public const string TargetTooSmall = "BS5053";

    /// <summary>The target is neither new nor of a kind that can be written to.</summary>
    public const string TargetKindInvalid = "BS5054";

    /// <summary>Writing to the target failed.</summary>
    public const string WriteFailed = "BS5055";

    /// <summary>What was read back from the target is not what was written.</summary>
    public const string VerificationFailed = "BS5056";

    /// <summary>Warning: <c>volume.meta</c> is missing or empty; its content was concluded from the only head.</summary>
    public const string VolumeMetadataConcluded = "BS5060";

    /// <summary>Warning: a snapshot does not match a recorded checksum that may be out of date.</summary>
    public const string ChecksumDiffers = "BS5061";

    /// <summary>Warning: a layer above the base has preallocated ranges, which hide what is below and read as zeros.</summary>
    public const string PreallocatedRanges = "BS5062";

    /// <summary>Warning: the file system's blocks are not of 4096 bytes, so hole boundaries may have moved.</summary>
    public const string BlockSizeUnusual = "BS5063";

    /// <summary>Warning: a value in the metadata is unusual, though usable.</summary>
    public const string MetadataUnusual = "BS5064";

    /// <summary>Warning: the revision counter cannot be read and is not considered.</summary>
    public const string RevisionCounterUnreadable = "BS5065";

    /// <summary>Warning: a metadata file that does not belong to the chain cannot be read.</summary>
    public const string StrayMetadataInvalid = "BS5066";

    /// <summary>Note: a crash left files behind that do not belong to the chain.</summary>
    public const string Leftovers = "BS5067";

    private const string AnotherReplica = "Look for another replica of the volume: blackstart longhorn scan ROOT…";

    private static readonly HashSet<string> Overridable = new(StringComparer.Ordinal)
    {
        NotAReplicaName, Rebuilding, EngineError, Empty, RestoreUnfinished, SnapshotCorrupted, HolesLost, BackingImageCorrupted,
    };

    /// <summary>Whether an operator may accept this refusal by name and have the replica read all the same.</summary>
    /// <param name="code">One of the codes of this class.</param>
    public static bool CanBeAccepted(string code) => Overridable.Contains(code);

    /// <summary>What to do about a code.</summary>
    /// <param name="code">One of the codes of this class.</param>
    public static string RemedyOf(string code) => code switch
    {
        DirectoryUnreadable => "Name a directory DISK/replicas/VOLUME-8HEX and run as a user who may read it (replica directories belong to root)",
        NotAReplicaName => "Give the copy its original name VOLUME-8HEX, or accept the name with --accept BS5002",
        InUse => "Detach the volume or stop the instance manager of this node, then try again; a directory in use is never read",
        VolumeMetadataMissing => AnotherReplica,
        MetadataInvalid => $"The file was damaged, as a power cut can do. {AnotherReplica}",
        SizeInvalid or LayerNameInvalid or ChainCyclic or ChainTooLong or LayerMissing or LayerLengthInvalid => AnotherReplica,
        Rebuilding => $"{AnotherReplica}. If there is none: --accept BS5013 reads what had arrived",
        EngineError => $"{AnotherReplica}. If there is none: --accept BS5014 reads it all the same",
        NotARegularFile => "Find out who put it there; this is no state that the engine leaves",
        Empty => $"This is the new, empty twin of a volume that was recreated. {AnotherReplica}",
        RestoreUnfinished => "Restore again from the backup; --accept BS5022 reads what is there",
        SnapshotCorrupted => $"{AnotherReplica}. If there is none: --accept BS5023",
        HolesLost => "Copy the directory again with tar -S (GNU), never with cp or rsync, or read it in place; --accept BS5024 if the volume was really written twice in full",
        NoExtentMap => "Read the replica where it lies, or copy it with tar -S to ext4 or XFS with blocks of 4096 bytes",
        ReadFailed => "Check the disk (dmesg, smartctl) and that nothing writes to the replica, then try again",
        BackingImageMissing => "Name it: --backing-image FILE (on a node: DISK/backing-images/NAME-UUID/backing)",
        BackingImageInvalid => "Name the backing image that the volume was made from: --backing-image FILE; qcow2 is read without backing file, external data and encryption",
        BackingImageCorrupted => "Take the backing image from another node: --backing-image FILE, or --accept BS5032",
        SecondDataEngine => "Use Longhorn itself; V2 volumes are logical volumes inside the block device",
        ChoiceAmbiguous => "Compare what they hold (blackstart longhorn export DIR --to FILE) and choose the right one yourself",
        NothingToChoose => "Look on the other nodes and disks, then in the backups",
        SnapshotUnknown => "Name one of those; `blackstart longhorn inspect DIR` lists them with their dates",
        SnapshotRemoved => "Check the content (fsck -n on a copy) before use",
        DeviceUnreachable => "Check that the volume is attached and that you work on its node: `kubectl get volumes.longhorn.io -n longhorn-system`",
        FileSystemDamaged => "Keep the replica it came from as it is, and try another one",
        StartedAnew => "Nothing needs to be done; the image is written from its beginning",
        UnfinishedImageDamaged => "The image is whole now, but check the disk it lies on (dmesg, smartctl)",
        TargetInUse => "Unmount it, or stop what uses it; never write a volume under a mounted file system",
        TargetNotFresh => "Look at what it holds (blackstart longhorn check DEVICE); to write over it: --overwrite with today's date, YYYY-MM-DD",
        OverwriteDateWrong => "Give today's date (UTC) as YYYY-MM-DD: it says that you looked at the device today",
        TargetExists => "Name a file that does not exist",
        TargetIsLink => "Name the file itself",
        TargetInsideReplica => "Name a place outside of Longhorn's disks; nothing is ever written there",
        TargetTooSmall => "Free space or name a larger target",
        TargetKindInvalid => "Name a new file, or a block device",
        WriteFailed => "Check the target's disk and its free space, remove the unfinished .partial file, then try again",
        VerificationFailed => "Do not use the target; check its disk (dmesg), then write it again",
        VolumeMetadataConcluded => "Check the merged content before use",
        ChecksumDiffers => "Check the merged content (fsck -n on a copy); the record predates a copy, trim or purge if all is well",
        PreallocatedRanges => "Check the merged content; such ranges do not come from the engine",
        BlockSizeUnusual => "Prefer a copy on a file system with blocks of 4096 bytes",
        _ => "Nothing needs to be done; check the merged content as usual",
    };
}
