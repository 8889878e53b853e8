public import StrataCore

/// A cache without the type of its values: hashes keys, picks stripes, holds their locks.
///
/// Not generic, so that it is compiled once, here; what depends on the type of values is a thin shell around it.
@usableFromInline
final class MemoryCore: @unchecked Sendable {
    let configuration: MemoryConfiguration
    let layout: BlockLayout
    let time: TimeSource
    let gate: FreshnessGate
    /// What this cache shares with others; nil when its capacity is its own.
    let budget: MemoryBudget?
    let readers: Readers
    let hash: KeyHash
    // Never changed after `init`; what is in a stripe is guarded by its lock.
    let stripes: MemoryStripes
    /// How far a hash is shifted to get the number of its stripe, its highest bits, and all bits of such a number.
    private let stripeShift: UInt64
    private let stripeMask: Int
    /// One less than how many keys each reader remembers as recently used.
    private let recentMask: Int
    /// Where the key is in a block of nothing but a key and a value; -1 when such a block may not be served just like that.
    let plainKeyOffset: Int
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
        let recentCount = RecentUses.count(capacity: configuration.capacityBytes)
        recentMask = recentCount - 1
        readers = Readers(stripes: count, recentCount: recentCount)
        hash = KeyHash()
        stripeShift = UInt64(63 & (64 - count.trailingZeroBitCount))
        stripeMask = count - 1
        plainKeyOffset = gate.domains == 0 ? layout.plainKeyOffset : -1
        largestEntry = configuration.largestEntryBytes
        stripes = MemoryStripes(count: count)
        for stripe in 0..<count {
            // The remainder goes to the first stripes, so that the parts add up to the capacity exactly.
            let capacity = configuration.capacityBytes / count + (stripe < configuration.capacityBytes % count ? 1 : 0)
            stripes[stripe].initialize(makeTable(capacity: capacity))
        }
        budget?.join(self)
    }

    deinit {
        budget?.account(-stripes.reduce(0) { $0 + $1.table.pointee.bytes })
        stripes.destroy()
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
        return (stripe(of: hash), hash)
    }

    /// The stripe of the keys of a hash.
    @inline(__always)
    func stripe(of hash: UInt64) -> MemoryStripe {
        stripes[Int(truncatingIfNeeded: hash &>> stripeShift) & stripeMask]
    }

    /// The keys whose hits are no news from a reader's thread.
    @inline(__always)
    func recentUses(_ slot: ReaderSlot) -> RecentUses {
        slot.recentUses(stripes: stripeMask &+ 1, mask: recentMask)
    }

    /// Puts an empty table in place of a stripe's, with the statistics of the old one, which is freed without the lock.
    func empty(_ stripe: MemoryStripe) {
        var other = makeTable(capacity: stripe.withTable { $0.capacity })
        stripe.lock.lock()
        other.statistics = stripe.table.pointee.statistics
        other.statistics.count(.invalidated, stripe.table.pointee.records.count)
        stripe.exchange(&other)
        stripe.lock.unlock()
        budget?.account(-other.bytes)
        readers.waitForReadings()
        _ = consume other
    }

    /// Changes a stripe, frees what left it some time later, and lets the budget know how many bytes that took or gave
    /// back.
    ///
    /// - Parameter body: gets the table, and this thread's hits that the eviction order has not been told of.
    @inline(__always)
    func mutate<Value, Failure: Error>(
        _ stripe: MemoryStripe, _ body: (inout EntryTable, PendingUses?) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let pending = readers.own?.pending(stripe.number)
        stripe.lock.lock()
        let before = stripe.table.pointee.bytes
        let result = Result { () throws(Failure) in try body(&stripe.table.pointee, pending) }
        unlock(stripe, bytesBefore: before)
        return try result.get()
    }

    /// Releases the lock of a stripe that was changed.
    @inline(__always)
    func unlock(_ stripe: MemoryStripe, bytesBefore: Int) {
        if configuration.checksInvariants {
            let violations = stripe.table.pointee.violations()
            precondition(violations.isEmpty, violations.joined(separator: "\n"))
        }
        let change = stripe.table.pointee.bytes - bytesBefore
        let retired = stripe.table.pointee.retired.isFull ? stripe.table.pointee.retired.takeAll() : []
        stripe.lock.unlock()
        budget?.account(change)
        if !retired.isEmpty { free(retired) }
    }

    /// Frees blocks that were taken out of the tables; to be called without a lock.
    @inline(never)
    func free(_ retired: [BlockReference]) {
        readers.waitForReadings()
        for block in retired { layout.free(block) }
    }

    /// Frees what has left a stripe and waits for that.
    func freeRetired(_ stripe: MemoryStripe) {
        let retired = stripe.withTable { $0.retired.takeAll() }
        if !retired.isEmpty { free(retired) }
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
    func charge(
        keyLength: Int, rawLength: Int, weight: Int, deadline: Timestamp, tags: [Tag], domain: Int
    ) -> Int {
        guard keyLength <= BlockReference.maximumKeyLength, rawLength <= Int32.max else { return .max & ~3 }
        let expires = deadline != .distantFuture
        let parts = BlockParts(holdsValue: true, expires: expires, isTagged: !tags.isEmpty, hasDomain: domain != 0)
        let size = layout.size(keyLength: keyLength, parts: parts, rawLength: rawLength)
        return EntryTable.charge(blockSize: size, weight: weight, expires: expires, tags: tags)
    }

    /// A block with all but the value, which the caller puts in.
    @usableFromInline
    func makeBlock(
        _ key: UnsafeRawBufferPointer, holdsValue: Bool, version: Version, deadline: Timestamp, isTagged: Bool,
        domain: Int
    ) -> BlockReference {
        layout.make(
            key: key, holdsValue: holdsValue, version: version, deadline: deadline, isTagged: isTagged, domain: domain,
            rawLength: 0)
    }

    /// Where the value of a block goes.
    @usableFromInline
    func value(_ block: BlockReference) -> UnsafeMutableRawPointer { layout.value(block) }

    /// A block of a key and a copy of raw bytes, or of the knowledge that there are none, and what its entry is charged; none
    /// when that is more than one entry may take.
    @usableFromInline
    func rawBlock(
        _ key: UnsafeRawBufferPointer, copying bytes: UnsafeRawBufferPointer?, version: Version, deadline: Timestamp,
        tags: [Tag], domain: Int
    ) -> (block: BlockReference, charge: Int) {
        let count = bytes?.count ?? 0
        let charge = charge(
            keyLength: key.count, rawLength: count, weight: 0, deadline: deadline, tags: tags, domain: domain)
        guard charge <= largestEntry else { return (.none, charge) }
        let block = layout.make(
            key: key, holdsValue: bytes != nil, version: version, deadline: deadline, isTagged: !tags.isEmpty,
            domain: domain, rawLength: count)
        if let bytes { layout.rawBytes(block).copyMemory(from: bytes) }
        return (block, charge)
    }

    /// Offers an entry. Takes the block over, which is none for one that is too large.
    @usableFromInline
    func insert(
        _ key: UnsafeRawBufferPointer, _ block: BlockReference, version: Version, deadline: Timestamp, tags: [Tag],
        charge: Int
    ) -> InsertOutcome {
        let offer = EntryTable.Offer(block: block, version: version, deadline: deadline, tags: tags, charge: charge)
        let (stripe, hash) = locate(key)
        defer { settleBudget() }
        return mutate(stripe) { table, pending in table.insert(key, hash, offer, pending: pending) }
    }
}
