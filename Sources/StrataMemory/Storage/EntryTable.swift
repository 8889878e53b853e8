import StrataCore

/// The entries of one stripe: finds them, orders them, times them, and accounts for them. It takes no lock.
///
/// It knows values only as blocks of a layout and is not generic, so that it is compiled once and at full speed here,
/// whatever a cache holds.
///
/// Invariant: an entry is in the index, in the order of the policy, in the wheel when it has a deadline and in the groups
/// of its tags; `charged` is the sum of the charges and, between two calls from outside, `bytes` is at most `capacity`.
struct EntryTable: ~Copyable {
    /// What an entry is charged beside its block, in bytes: its record (16), its node in the eviction order (16) and its
    /// address in the index (4).
    static let recordCharge = 32 + KeyIndex.bytesPerEntry
    /// What an entry with a deadline is charged for its place in the timer wheel, in bytes.
    static let timerCharge = TimerWheel.bytesPerEntry

    /// How many epochs pass in as many told uses as there are entries: an entry may seem unused for half of the time that it
    /// stays at least.
    private static let epochsPerTurn = 2
    /// How many entries a stripe has at least when not every hit is news to its order.
    static let epochMinimum = AdaptivePolicy.deferringMinimum

    let capacity: Int
    let largestEntry: Int
    let hash: KeyHash
    let layout: BlockLayout
    let time: TimeSource
    let gate: FreshnessGate

    var index: KeyIndex
    var records: RecordArray
    /// What readers without the lock see of the two.
    let view: UnsafeMutablePointer<LookupView>
    /// What readers without the lock may still see of entries that have left.
    var retired: RetiredBlocks
    var policy: SelectedPolicy
    var wheel: TimerWheel
    var tags = TagIndex()
    /// The policy's clock when the epoch began in which a key's hits are news once.
    private var epochStart: UInt32 = 0
    /// When the policy's clock stood where.
    var history: UseHistory
    /// The entry that was evicted last to make room: the policy's clock at its last use and at its eviction, and when that
    /// was.
    var latestVictim: (lastUse: UInt32, clock: UInt32, time: Timestamp)?
    /// The sum of the entries' charges.
    var charged = 0
    /// Entries whose content is a value.
    var valueCount = 0
    var statistics = MemoryStatistics()

    init(
        capacity: Int, largestEntry: Int, policy: EvictionPolicyName, hash: KeyHash, layout: BlockLayout,
        time: TimeSource, gate: FreshnessGate
    ) {
        self.capacity = capacity
        self.largestEntry = largestEntry
        self.hash = hash
        self.layout = layout
        self.time = time
        self.gate = gate
        let limit = EntryTable.greatestCount(capacity)
        index = KeyIndex(limit: limit)
        records = RecordArray(limit: limit)
        view = .allocate(capacity: 1)
        view.initialize(to: LookupView(index, records))
        retired = RetiredBlocks(bytesLimit: min(1 << 16, capacity / 64))
        self.policy = SelectedPolicy(policy, capacity: capacity)
        let now = time.now
        wheel = TimerWheel(startingAt: now.nanoseconds)
        history = UseHistory(startingAt: now)
    }

    deinit {
        for cell in 0..<records.cellCount where !records.block(cell).isNone { layout.free(records.block(cell)) }
        for block in retired.blocks { layout.free(block) }
        view.deinitialize(count: 1)
        view.deallocate()
    }

    /// How many entries there can be: as many as fit, and one that others are about to make room for.
    private static func greatestCount(_ capacity: Int) -> CellIndex {
        CellIndex(clamping: capacity / (recordCharge + BlockLayout.smallestAllocation) + 1)
    }

    /// What the stripe takes of its capacity: the entries, and what the policy remembers of others.
    var bytes: Int { charged + policy.historyBytes }

    /// The answer of `hit`.
    enum Answer {
        /// Nothing is held, or what is held may not be served now.
        case miss
        /// The content of this cell.
        case hit(CellIndex)
        /// What this cell holds can never be served again.
        case dead(CellIndex, RemovalCause)
    }

    /// Looks a key up for a reader: counts it, and moves what was read to the recent end of the order.
    @inline(__always)
    mutating func hit(_ key: UnsafeRawBufferPointer, _ keyHash: UInt64) -> Answer {
        let cell = find(key, keyHash)
        let answer = cell < 0 ? .miss : usability(of: cell, isStaleUsable: false)
        if case .hit = answer {
            statistics.hits += 1
            policy.onHit(cell)
        } else {
            statistics.misses += 1
        }
        return answer
    }

    /// Looks a key up for anybody else.
    func peek(_ key: UnsafeRawBufferPointer, _ keyHash: UInt64) -> Answer {
        let cell = find(key, keyHash)
        return cell < 0 ? .miss : usability(of: cell)
    }

    /// The cell of a key, whatever its state; -1 when there is none.
    @inline(__always)
    func find(_ key: UnsafeRawBufferPointer, _ keyHash: UInt64) -> CellIndex {
        let short = UInt32(truncatingIfNeeded: keyHash)
        var cell = index.first(short)
        while cell >= 0 {
            let record = records.pointer(to: cell)
            if record.pointee.hash == short, areEqual(layout.key(record.pointee.block), key) { return cell }
            cell = record.pointee.next
        }
        return -1
    }

    /// Whether a cell's content may be served now.
    ///
    /// - Parameter isStaleUsable: whether that goes for a stale one as well.
    @inline(__always)
    func usability(of cell: CellIndex, isStaleUsable: Bool = true) -> Answer {
        let block = records.block(cell)
        if block.isTagged, tags.isInvalidated(layout.membership(block)) { return .dead(cell, .invalidated) }
        switch layout.validity(of: block, time, gate) {
        case .valid: return .hit(cell)
        case .stale: return isStaleUsable ? .hit(cell) : .miss
        case .expired: return .dead(cell, .expired)
        case .untrusted: return .miss
        }
    }

    /// The key of a taken cell, valid until its block is freed.
    @inline(__always)
    func key(of cell: CellIndex) -> UnsafeRawBufferPointer { layout.key(records.block(cell)) }

    /// Nanoseconds at which a taken cell is to be removed; the highest number when it is not.
    func deadline(of cell: CellIndex) -> UInt64 { layout.deadline(records.block(cell)) }

    /// Tells the eviction order of hits that a thread had without the lock, and forgets them. Those of entries that are not
    /// there any more count for nothing.
    mutating func apply(_ pending: PendingUses?) {
        guard let pending, pending.count > 0 else { return }
        let uses = UnsafeBufferPointer(start: pending.uses, count: pending.count)
        for use in uses where use.cell < records.cellCount { policy.prefetch(use.cell) }
        for use in uses where use.cell < records.cellCount { policy.prefetchNeighbours(use.cell) }
        for use in uses where isCurrent(use) { policy.onHit(use.cell) }
        pending.count = 0
        advanceEpoch()
    }

    /// Begins another epoch when this one has lasted for as many uses as a small part of the entries. The order of `lru` is
    /// exact, and so is a small stripe's.
    mutating func advanceEpoch() {
        guard policy.name != .lru, records.count >= EntryTable.epochMinimum else {
            if view.pointee.epoch != .every { view.pointee.epoch = .every }
            return
        }
        guard Int(policy.clock &- epochStart) >= records.count / EntryTable.epochsPerTurn else { return }
        epochStart = policy.clock
        view.pointee.epoch = view.pointee.epoch.next
    }

    @inline(__always)
    private func isCurrent(_ use: PendingUses.Use) -> Bool {
        // There may have been more cells: another table was here when the hit was noted, if everything was removed since.
        use.cell < records.cellCount && use.isOf(records.block(use.cell))
    }
}
