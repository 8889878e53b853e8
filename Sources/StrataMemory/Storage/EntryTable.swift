import StrataCore

/// The entries of one stripe: finds them, orders them, times them, and accounts for them. It takes no lock.
///
/// It knows values only as blocks of a layout and is not generic, so that it is compiled once and at full speed here,
/// whatever a cache holds.
///
/// Invariant: an entry is in the index, in the order of the policy, in the wheel when it has a deadline and in the groups
/// of its tags; `charged` is the sum of the charges and, between two calls from outside, `bytes` is at most `capacity`.
struct EntryTable: ~Copyable {
    /// What an entry is charged beside its block, in bytes: its record (32), its node in the eviction order (16, of which
    /// `lru` needs 12) and its address in the index (4).
    static let recordCharge = 48 + KeyIndex.bytesPerEntry
    /// What an entry with a deadline is charged for its place in the timer wheel, in bytes.
    static let timerCharge = TimerWheel.bytesPerEntry

    let capacity: Int
    let largestEntry: Int
    let hash: KeyHash
    let layout: BlockLayout
    let time: TimeSource
    let gate: FreshnessGate

    var index = KeyIndex()
    var records = RecordArray()
    var policy: SelectedPolicy
    var wheel: TimerWheel
    var tags = TagIndex()
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
        self.policy = SelectedPolicy(policy, capacity: capacity)
        let now = time.now
        wheel = TimerWheel(startingAt: now.nanoseconds)
        history = UseHistory(startingAt: now)
    }

    deinit {
        for cell in 0..<records.cellCount {
            let record = records[cell]
            if let block = record.block { layout.free(block, holdsValue: record.holdsValue) }
        }
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
        let answer = cell < 0 ? .miss : usability(of: cell)
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
        guard key.count <= EntryRecord.maximumKeyLength else { return -1 }
        let signature = EntryRecord.signature(key.count, keyHash)
        var cell = index.first(UInt32(truncatingIfNeeded: keyHash))
        while cell >= 0 {
            let record = records.pointer(to: cell)
            if record.pointee.signature == signature, matches(record, key) { return cell }
            cell = record.pointee.next
        }
        return -1
    }

    @inline(__always)
    private func matches(_ record: UnsafeMutablePointer<EntryRecord>, _ key: UnsafeRawBufferPointer) -> Bool {
        guard let block = record.pointee.block else { return false }
        return areEqual(layout.key(block, record.pointee), key)
    }

    /// Whether a cell's content may be served now; the clock is read only where it matters.
    @inline(__always)
    func usability(of cell: CellIndex) -> Answer {
        let record = records.pointer(to: cell)
        if record.pointee.isTagged, tags.isInvalidated(membership(of: cell)) { return .dead(cell, .invalidated) }
        if record.pointee.deadline == .max, gate.domains == 0 { return .hit(cell) }
        let now = time.now
        if record.pointee.deadline <= now.nanoseconds, record.pointee.deadline != .max { return .dead(cell, .expired) }
        return gate.isTrusted(record.pointee.domain, at: now) ? .hit(cell) : .miss
    }

    /// The key of a taken cell, valid until its block is freed.
    @inline(__always)
    func key(of cell: CellIndex) -> UnsafeRawBufferPointer { EntryTable.key(records[cell], layout) }

    /// The first of an entry's tag memberships; -1 when it has none.
    func membership(of cell: CellIndex) -> Int32 {
        let record = records[cell]
        guard record.isTagged, let block = record.block else { return -1 }
        return layout.membership(block)
    }

    /// The hash of the key in a cell, as the index has it.
    func indexHash(of cell: CellIndex) -> UInt32 { EntryTable.indexHash(records[cell], hash, layout) }

    static func indexHash(_ record: EntryRecord, _ hash: KeyHash, _ layout: BlockLayout) -> UInt32 {
        UInt32(truncatingIfNeeded: hash.hash(key(record, layout)))
    }

    @inline(__always)
    private static func key(_ record: EntryRecord, _ layout: BlockLayout) -> UnsafeRawBufferPointer {
        guard let block = record.block else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return layout.key(block, record)
    }
}
