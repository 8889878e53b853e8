public import StrataCore

/// Level 1: a cache in this process's memory, bounded in bytes, with a deadline, a version and tags per entry.
///
/// Every call returns at once; a lock is held for the time of one look-up, and never across a suspension. The bound covers
/// keys, values as weighed, tags and bookkeeping, and holds whenever a call has returned.
public final class MemoryCache<Value: Sendable>: Sendable {
    /// What an entry is charged beyond its key's length and its value's weight, in bytes; tags cost 128 more each and
    /// their length.
    public static var entryOverheadBytes: Int { EntryTable.entryOverhead }

    /// The configuration the cache was made with.
    public let configuration: MemoryConfiguration
    @usableFromInline let hash: KeyHash
    @usableFromInline let weigher: @Sendable (Value) -> Int
    @usableFromInline let time: TimeSource
    @usableFromInline let stripes: [MemoryStripe<Value>]
    /// How far a hash is shifted to get the number of its stripe: its highest bits.
    @usableFromInline let stripeShift: UInt64

    /// An empty cache.
    ///
    /// - Parameters:
    ///   - configuration: its size and policy; one that is not valid traps (its `init` and `validate` throw instead).
    ///   - time: the clock that deadlines are on.
    ///   - gate: until when the entries of each domain may be served.
    ///   - weigher: what a value weighs, in bytes; called outside of any lock, negative counts as 0. An absence weighs 0.
    public init(
        _ configuration: MemoryConfiguration, time: TimeSource = .system, gate: FreshnessGate = .open,
        weigher: @escaping @Sendable (Value) -> Int
    ) {
        do { try configuration.validate() } catch { preconditionFailure(error.message) }
        let hash = KeyHash()
        let count = configuration.stripeCount
        self.configuration = configuration
        self.hash = hash
        self.weigher = weigher
        self.time = time
        stripeShift = UInt64(64 - count.trailingZeroBitCount)
        stripes = (0..<count).map { stripe in
            // The remainder goes to the first stripes, so that the parts add up to the capacity exactly.
            let capacity = configuration.capacityBytes / count + (stripe < configuration.capacityBytes % count ? 1 : 0)
            let table = EntryTable(
                capacity: capacity, largestEntry: configuration.largestEntryBytes, policy: configuration.policy,
                hash: hash, time: time, gate: gate)
            return MemoryStripe(StripeState(table: table))
        }
    }

    /// The stripe of a key's hash.
    @inlinable @inline(__always)
    func stripe(_ hash: UInt64) -> MemoryStripe<Value> {
        // `>>` and not `&>>`: with one stripe the shift is 64 and the answer 0.
        stripes[Int(truncatingIfNeeded: hash >> stripeShift)]
    }

    /// The stripe of a key, and its hash.
    @inlinable @inline(__always)
    func locate(_ key: UnsafeRawBufferPointer) -> (MemoryStripe<Value>, UInt64) {
        let hash = hash.hash(key)
        return (stripe(hash), hash)
    }
}
