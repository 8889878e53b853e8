/// A position in the order of one key's writes: the generation of its slot (15 bits), then the sequence of its shard (48).
///
/// Versions are made by the store, under the row lock of the key. They order the writes of one key, across shards and
/// restores, because a slot's generation is raised whenever its sequence may start again lower. They order nothing else:
/// not two keys, not a replica, not a log.
public struct Version: Hashable, Comparable, Sendable {
    /// Older than every write: the version of an absence nobody ever wrote.
    public static let zero = Version(rawValue: 0)
    /// How many bits the sequence has.
    public static let sequenceBits = 48
    /// The highest generation.
    public static let maximumGeneration: UInt64 = (1 << 15) - 1

    /// Generation and sequence in one number, never negative as a signed one, so that it fits a Postgres `bigint`.
    public let rawValue: UInt64

    /// A version from its packed form.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue & (UInt64.max >> 1)
    }

    /// A version from its parts.
    ///
    /// - Parameters:
    ///   - generation: `0 ... 32,767`; more traps.
    ///   - sequence: `0 ..< 2^48`; more traps.
    public init(generation: UInt64, sequence: UInt64) {
        precondition(generation <= Version.maximumGeneration, "generation \(generation) does not fit 15 bits")
        precondition(sequence < 1 << Version.sequenceBits, "sequence \(sequence) does not fit 48 bits")
        rawValue = generation << Version.sequenceBits | sequence
    }

    /// The slot's generation.
    public var generation: UInt64 { rawValue >> Version.sequenceBits }
    /// The shard's sequence.
    public var sequence: UInt64 { rawValue & ((1 << Version.sequenceBits) - 1) }

    public static func < (left: Version, right: Version) -> Bool { left.rawValue < right.rawValue }
}

extension Version: CustomStringConvertible {
    /// `generation.sequence`.
    public var description: String { "\(generation).\(sequence)" }
}
