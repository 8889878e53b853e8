public import StrataCore

/// A cache without the type of its values: hashes keys, picks stripes, holds their locks.
///
/// Not generic, so that it is compiled once, here; what depends on the type of values is a thin shell around it.
@usableFromInline
final class MemoryCore: @unchecked Sendable {
    let configuration: MemoryConfiguration
    let layout: BlockLayout
    let time: TimeSource
    private let gate: FreshnessGate
    /// What this cache shares with others; nil when its capacity is its own.
    let budget: MemoryBudget?
    private let hash: KeyHash
    // Never changed after `init`; what a stripe points to is guarded by its lock.
    let stripes: UnsafeMutableBufferPointer<MemoryStripe>
    /// How far a hash is shifted to get the number of its stripe: its highest bits.
    private let stripeShift: UInt64
    /// What one entry may be charged at most, in bytes.
    @usableFromInline let largestEntry: Int

    init(
        _ configuration: MemoryConfiguration, layout: BlockLayout, time: TimeSource, gate: FreshnessGate,
        budget: MemoryBudget?
    ) {
        let count = configuration.stripeCount
        self.configuration = configuration
        self.layout = layout
        self.time = time
        self.gate = gate
        self.budget = budget
        hash = KeyHash()
        stripeShift = UInt64(64 - count.trailingZeroBitCount)
        largestEntry = configuration.largestEntryBytes
        stripes = .allocate(capacity: count)
        for stripe in 0..<count {
            // The remainder goes to the first stripes, so that the parts add up to the capacity exactly.
            let capacity = configuration.capacityBytes / count + (stripe < configuration.capacityBytes % count ? 1 : 0)
            stripes.initializeElement(at: stripe, to: MemoryStripe(makeTable(capacity: capacity)))
        }
        budget?.join(self)
    }

    deinit {
        budget?.account(-stripes.reduce(0) { $0 + $1.table.pointee.bytes })
        for stripe in stripes { stripe.destroy() }
        stripes.deallocate()
    }

    private func makeTable(capacity: Int) -> EntryTable {
        EntryTable(
            capacity: capacity, largestEntry: largestEntry, policy: configuration.policy, hash: hash, layout: layout,
            time: time, gate: gate)
    }

    /// The stripe of a key, and its hash.
    @inline(__always)
    func locate(_ key: UnsafeRawBufferPointer) -> (MemoryStripe, UInt64) {
        let hash = hash.hash(key)
        // `>>` and not `&>>`: with one stripe the shift is 64 and the answer 0.
        return (stripes[Int(truncatingIfNeeded: hash >> stripeShift)], hash)
    }

    /// Puts an empty table in place of a stripe's, with the statistics of the old one, which is freed without the lock.
    func empty(_ stripe: MemoryStripe) {
        var fresh = makeTable(capacity: stripe.withTable { $0.capacity })
        stripe.withTable { table in
            fresh.statistics = table.statistics
            fresh.statistics.count(.invalidated, table.records.count)
            swap(&table, &fresh)
        }
        budget?.account(-fresh.bytes)
        _ = consume fresh
    }

    /// Changes a stripe, and lets the budget know how many bytes that took or gave back.
    @inline(__always)
    func mutate<Value, Failure: Error>(
        _ stripe: MemoryStripe, _ body: (inout EntryTable, inout DiscardedBlocks) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        guard let budget else { return try stripe.withDiscarding(layout, body) }
        var change = 0
        defer { budget.account(change) }
        return try stripe.withDiscarding(layout) { (table, discarded) throws(Failure) in
            let before = table.bytes
            defer { change = table.bytes - before }
            return try body(&table, &discarded)
        }
    }

    /// Makes room when the budget is exceeded; to be called after everything that takes bytes.
    @inline(__always)
    func settleBudget() {
        if let budget, budget.isExceeded { budget.reclaim() }
    }
}

extension MemoryCore {
    /// What an entry is charged; more than any entry may be when it can't be held at all.
    @usableFromInline
    func charge(keyLength: Int, rawLength: Int, weight: Int, deadline: Timestamp, tags: [Tag]) -> Int {
        guard keyLength <= EntryRecord.maximumKeyLength, rawLength <= Int32.max else { return .max & ~3 }
        let size = layout.size(keyLength: keyLength, isTagged: !tags.isEmpty, rawLength: rawLength)
        return EntryTable.charge(blockSize: size, weight: weight, expires: deadline != .distantFuture, tags: tags)
    }

    /// A block for a value that is kept as it is, which the caller puts at its start.
    @usableFromInline
    func makeBlock(_ key: UnsafeRawBufferPointer, isTagged: Bool) -> UnsafeMutableRawPointer {
        layout.make(key: key, isTagged: isTagged, rawLength: 0)
    }

    /// A block with a copy of raw bytes.
    @usableFromInline
    func makeBlock(
        _ key: UnsafeRawBufferPointer, isTagged: Bool, raw bytes: UnsafeRawBufferPointer
    ) -> UnsafeMutableRawPointer {
        let block = layout.make(key: key, isTagged: isTagged, rawLength: bytes.count)
        layout.rawBytes(block, keyLength: key.count, isTagged: isTagged).copyMemory(from: bytes)
        return block
    }

    /// Offers an entry. Takes the block over, which is nil for one that is too large.
    @usableFromInline
    func insert(
        _ key: UnsafeRawBufferPointer, _ block: UnsafeMutableRawPointer?, holdsValue: Bool, version: Version,
        deadline: Timestamp, tags: [Tag], domain: Int, charge: Int
    ) -> InsertOutcome {
        precondition((0..<FreshnessGate.maximumDomains).contains(domain), "freshness domain \(domain)")
        let offer = EntryTable.Offer(
            block: block, holdsValue: holdsValue, version: version, deadline: deadline, tags: tags, domain: domain,
            charge: charge)
        let (stripe, hash) = locate(key)
        defer { settleBudget() }
        return mutate(stripe) { table, discarded in table.insert(key, hash, offer, &discarded) }
    }
}
