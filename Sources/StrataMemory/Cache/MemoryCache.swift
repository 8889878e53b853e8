public import StrataCore

/// Level 1: a cache in this process's memory, bounded in bytes, with a deadline, a version and tags per entry.
///
/// Every call returns at once: a hit takes no lock, and a change holds the lock of one part of the cache, never across a
/// suspension. The bound covers keys, values, tags, bookkeeping and the allocator's rounding, and holds whenever a call has
/// returned. Raw bytes (`[UInt8]`) are copied into the cache and out of it, or read in place (`withBytes`); any other value
/// is kept as it is.
public final class MemoryCache<Value: Sendable>: Sendable {
    @usableFromInline let core: MemoryCore
    @usableFromInline let weigher: @Sendable (Value) -> Int

    /// The configuration the cache was made with.
    public var configuration: MemoryConfiguration { core.configuration }

    /// An empty cache.
    ///
    /// - Parameters:
    ///   - configuration: its size and policy; one that is not valid traps (its `init` and `validate` throw instead).
    ///   - time: the clock that deadlines are on.
    ///   - gate: until when the entries of each domain may be served.
    ///   - budget: what the cache shares with others; its own capacity holds as well.
    ///   - weigher: what a value refers to weighs, in bytes, beside its own `MemoryLayout<Value>.size`; called outside of
    ///     any lock, negative counts as 0. An absence weighs 0, and raw bytes weigh their count without its being asked.
    public init(
        _ configuration: MemoryConfiguration, time: TimeSource = .system, gate: FreshnessGate = .open,
        budget: MemoryBudget? = nil, weigher: @escaping @Sendable (Value) -> Int
    ) {
        do { try configuration.validate() } catch { preconditionFailure(error.message) }
        core = MemoryCore(configuration, layout: MemoryCache.layout, time: time, gate: gate, budget: budget)
        self.weigher = weigher
    }

    /// What an entry without tags is charged, in bytes.
    ///
    /// - Parameters:
    ///   - keyLength: how many bytes its key has.
    ///   - weight: of raw bytes their count; of any other value, what the weigher says.
    ///   - expires: whether it has a deadline.
    public static func charge(keyLength: Int, weight: Int, expires: Bool = false) -> Int {
        let layout = layout
        let size = layout.size(
            keyLength: keyLength, parts: expires ? .deadline : [], rawLength: layout.isRaw ? weight : 0)
        return EntryTable.charge(blockSize: size, weight: layout.isRaw ? 0 : weight, expires: expires, tags: [])
    }

    private static var layout: BlockLayout { Value.self == [UInt8].self ? .raw : .value(of: Value.self) }
}

extension MemoryCache where Value == [UInt8] {
    /// An empty cache of raw bytes.
    ///
    /// - Parameters:
    ///   - configuration: its size and policy; one that is not valid traps (its `init` and `validate` throw instead).
    ///   - time: the clock that deadlines are on.
    ///   - gate: until when the entries of each domain may be served.
    ///   - budget: what the cache shares with others; its own capacity holds as well.
    public convenience init(
        _ configuration: MemoryConfiguration, time: TimeSource = .system, gate: FreshnessGate = .open,
        budget: MemoryBudget? = nil
    ) {
        self.init(configuration, time: time, gate: gate, budget: budget, weigher: { $0.count })
    }
}
