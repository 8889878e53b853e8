public import StrataCore

/// How large a memory level is and how it behaves when it is full.
public struct MemoryConfiguration: Hashable, Sendable {
    /// The capacities a memory level can have, in bytes: 1 KiB to 64 TiB.
    public static let capacityRange = 1024...(1 << 46)
    /// How many typical entries a stripe has room for at least.
    static let stripeEntries = 4096
    /// How large a typical entry can be said to be, in bytes.
    public static let typicalEntryRange = 1...(1 << 31)
    /// The most stripes a memory level can have.
    public static let maximumStripes = 1024

    /// The bound on what the level holds, in bytes: keys, values as weighed, and the bookkeeping of each entry.
    public var capacityBytes: Int
    /// How the level chooses what to drop when it is full.
    public var policy: EvictionPolicyName
    /// How many bytes the capacity is charged for a typical entry, about: what `MemoryCache.charge` says of one. A level that
    /// divides itself does so by it; nothing else depends on it.
    public var typicalEntryBytes: Int
    /// Into how many independently locked parts the level is divided, a power of two; nil leaves it to the policy: `lru`
    /// takes one, so that its order is exact, `adaptive` up to 16 with room for at least 4,096 typical entries. Each holds an
    /// equal part of the capacity.
    public var stripes: Int?
    /// The largest part of the capacity one entry may take, `0 < share <= 1`; what is larger is refused, so that one huge
    /// value can't flush the others.
    public var largestEntryShare: Double

    /// Whether the level checks its own bookkeeping after every change, and traps when something is wrong with it: for tests
    /// and for hunting a defect, because every change then takes time in proportion to the entries of a stripe.
    public var checksInvariants = false

    /// A configuration whose parts fit together.
    ///
    /// - Parameters:
    ///   - capacityBytes: within `capacityRange`, and at least 1 KiB a stripe.
    ///   - policy: how to choose what to drop.
    ///   - typicalEntryBytes: what a typical entry is charged, in bytes, within `typicalEntryRange`.
    ///   - stripes: a power of two, `1 ... maximumStripes`; nil to leave it to the policy.
    ///   - largestEntryShare: `0 < share <= 1`.
    /// - Throws: `configuration` when a part is out of its range.
    public init(
        capacityBytes: Int, policy: EvictionPolicyName = .adaptive, typicalEntryBytes: Int = 256,
        stripes: Int? = nil, largestEntryShare: Double = 0.125
    ) throws(StrataError) {
        self.capacityBytes = capacityBytes
        self.policy = policy
        self.typicalEntryBytes = typicalEntryBytes
        self.stripes = stripes
        self.largestEntryShare = largestEntryShare
        try validate()
    }

    /// Whether the parts still fit together; they are variables and may have been changed.
    ///
    /// - Throws: `configuration` when a part is out of its range.
    public func validate() throws(StrataError) {
        let range = MemoryConfiguration.capacityRange
        guard range.contains(capacityBytes) else {
            throw StrataError(
                .configuration,
                "a memory capacity of \(capacityBytes) bytes is not in \(range.lowerBound)...\(range.upperBound)")
        }
        guard MemoryConfiguration.typicalEntryRange.contains(typicalEntryBytes) else {
            throw StrataError(
                .configuration,
                "a typical entry of \(typicalEntryBytes) bytes is not in "
                    + "\(MemoryConfiguration.typicalEntryRange.lowerBound)...\(MemoryConfiguration.typicalEntryRange.upperBound)"
            )
        }
        guard largestEntryShare > 0, largestEntryShare <= 1 else {
            throw StrataError(
                .configuration,
                "the largest entry's share of the memory, \(largestEntryShare), is not above 0 and at most 1")
        }
        guard let stripes else { return }
        guard stripes > 0, stripes & (stripes - 1) == 0, stripes <= MemoryConfiguration.maximumStripes else {
            throw StrataError(
                .configuration,
                "\(stripes) memory stripes are no power of two in 1...\(MemoryConfiguration.maximumStripes)")
        }
        guard capacityBytes / stripes >= range.lowerBound else {
            throw StrataError(
                .configuration,
                "\(stripes) memory stripes leave less than \(range.lowerBound) bytes to each; use fewer or more capacity"
            )
        }
    }

    /// How many stripes to make.
    ///
    /// One lock that every core shares costs more than a hit itself: of two event loops that served hits from one stripe, a
    /// sixth of the time went into waking each other. A stripe of 4,096 entries is still large enough to lose no hits by its
    /// being a part; with a sixteenth of that, traces lost up to a third of a point. `lru` has one, because its order is
    /// exact.
    var stripeCount: Int {
        if let stripes { return stripes }
        guard policy != .lru else { return 1 }
        let parts = capacityBytes / typicalEntryBytes / MemoryConfiguration.stripeEntries
        return min(16, max(1, parts)).flooredToPowerOfTwo
    }

    /// What one entry may be charged at most, in bytes: beside it there must be room for what the policy remembers.
    var largestEntryBytes: Int {
        let stripe = capacityBytes / stripeCount
        let room = policy == .lru ? stripe : stripe - stripe / AdaptivePolicy.historyShare
        return min(Int(Double(capacityBytes) * largestEntryShare), room, Int(Int32.max))
    }
}
