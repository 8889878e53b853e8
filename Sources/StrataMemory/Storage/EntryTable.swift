import StrataCore

/// What a stripe knows of its entries but their contents: finds them, orders them, times them, and accounts for them.
///
/// It is not generic, so that it is compiled once and at full speed here, whatever a cache holds; the contents lie beside
/// it in an array of their own under the same cell numbers. It takes no lock.
///
/// Invariant: an entry is in the index, in the order of the policy, in the wheel when it has a deadline and in the groups
/// of its tags; `bytes` is the sum of the charges and, between two calls from outside, at most `capacity`.
@usableFromInline
struct EntryTable: ~Copyable {
    /// What an entry is charged beyond its key, its value's weight and its tags, in bytes: its record (48), the links of the
    /// wheel (16), its node in the eviction order and its ghosts (32), its content's reference (8), its share of the index,
    /// and the header and rounding of the value's own allocation. 109 were measured as resident for 2 million arrays of 100
    /// bytes under `lru`, whose node takes 8 and which has no ghosts.
    static let entryOverhead = 136

    let capacity: Int
    let largestEntry: Int
    let hash: KeyHash
    let time: TimeSource
    let gate: FreshnessGate

    var index = KeyIndex()
    var records = Pool(filler: EntryRecord.vacant)
    var policy: SelectedPolicy
    var wheel: TimerWheel
    var tags = TagIndex()
    var bytes = 0
    /// Entries whose content is a value.
    var valueCount = 0
    var statistics = MemoryStatistics()

    init(
        capacity: Int, largestEntry: Int, policy: EvictionPolicyName, hash: KeyHash, time: TimeSource,
        gate: FreshnessGate
    ) {
        self.capacity = capacity
        self.largestEntry = largestEntry
        self.hash = hash
        self.time = time
        self.gate = gate
        self.policy = SelectedPolicy(policy, capacity: capacity)
        wheel = TimerWheel(startingAt: time.now.nanoseconds)
    }

    deinit {
        for cell in 0..<records.cellCount {
            records.pointer(to: cell).pointee.freeKey()
        }
    }

    /// The answer of `hit`.
    @usableFromInline
    enum Answer {
        /// Nothing is held, or what is held may not be served now.
        case miss
        /// The content of this cell.
        case hit(CellIndex)
        /// What this cell holds can never be served again.
        case dead(CellIndex, RemovalCause)
    }

    /// Looks a key up for a reader: counts it, and moves what was read to the recent end of the order.
    @usableFromInline
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
    mutating func peek(_ key: UnsafeRawBufferPointer, _ keyHash: UInt64) -> Answer {
        let cell = find(key, keyHash)
        return cell < 0 ? .miss : usability(of: cell)
    }

    /// The cell of a key, whatever its state; -1 when there is none.
    @inline(__always)
    func find(_ key: UnsafeRawBufferPointer, _ keyHash: UInt64) -> CellIndex {
        index.find(UInt32(truncatingIfNeeded: keyHash)) { EntryRecord.matches(records.pointer(to: $0), key) }
    }

    /// Whether a cell's content may be served now; the clock is read only where it matters.
    @inline(__always)
    func usability(of cell: CellIndex) -> Answer {
        let record = records.pointer(to: cell)
        if record.pointee.tags >= 0, tags.isInvalidated(record.pointee.tags) { return .dead(cell, .invalidated) }
        if record.pointee.deadline == .max, gate.domains == 0 { return .hit(cell) }
        let now = time.now
        if record.pointee.deadline <= now.nanoseconds, record.pointee.deadline != .max { return .dead(cell, .expired) }
        return gate.isTrusted(Int(record.pointee.domain), at: now) ? .hit(cell) : .miss
    }

    /// The hash of the key in a cell, as the index has it.
    func indexHash(of cell: CellIndex) -> UInt32 {
        UInt32(truncatingIfNeeded: hash.hash(EntryRecord.key(at: records.pointer(to: cell))))
    }
}
