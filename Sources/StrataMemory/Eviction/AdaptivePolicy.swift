import CStrataThreads

/// Keeps what is reused at the shortest intervals: LIRS, with a share for newcomers that adapts itself.
///
/// Entries are *hot*, protected, or *cold*, on probation; both are lists in the order of the last use. The least recently
/// used cold entry goes first, and leaves a ghost. An entry becomes hot when it is used a second time, as a cold entry or
/// as a ghost, within a shorter interval than the least recently used hot entry has been unused for; that one makes way
/// for it and is cold from then on. A loop that is larger than the cache so keeps what fits of it instead of nothing, and
/// a scan never reaches the hot entries.
///
/// The paper finds out whether an interval is shorter with a stack of all entries and ghosts. A clock that ticks with each
/// use does the same: what lies above the last hot entry of the stack was used after it. That needs no links for ghosts.
///
/// Invariant: an entry is in one of the two lists once; a list is in the order of the last use, but for entries that are to
/// be moved and demoted ones, which join the recent end of the cold ones; `weight` of a list is the sum of its entries'.
///
/// Among thousands of entries, a hot one that is used stays where it is in its list and is marked. When it has become the
/// oldest it is moved to the recent end, and the next is looked at: a use costs its own node alone instead of four, and the
/// order among hot entries matters at the old end only.
///
/// Weights: an entry that weighs more than the hot ones do on average must have been reused at an interval as much shorter,
/// for it takes the place of several. What was put in last is not evicted while there is anything else, however heavy.
///
/// Source: Jiang and Zhang, "LIRS: An Efficient Low Inter-reference Recency Set Replacement Policy to Improve Buffer Cache
/// Performance", SIGMETRICS 2002; on marking instead of moving, Corbató, "A Paging Experiment with the Multics System", 1968.
struct AdaptivePolicy: EvictionPolicy, ~Copyable {
    /// For how many ghosts there is room for each entry; fewer forget loops of two to three times the capacity.
    static let ghostsPerEntry = 2
    /// The part of the capacity, counted from below, that ghosts may take.
    static let historyShare = 8
    /// How many hot entries one call makes cold at most, so that a heavy one is no pause for its reader.
    static let demotionsPerCall = 8
    /// From how many entries on the move of a hot one that is used is put off.
    static let deferringMinimum = 4096
    /// How many such moves one call makes up for at most, before it takes the next entry as the oldest whatever it is.
    static let deferredMovesPerCall = 16
    /// The age at which the last use of an entry is brought forward, so that the clock can't overtake it.
    static let greatestAge: UInt32 = 1 << 30

    private(set) var nodes = CellArray(filler: AdaptiveNode())
    private(set) var hot = AdaptiveList()
    private(set) var cold = AdaptiveList()
    private var ghosts = GhostTable()
    private var share: ColdShare
    /// What all entries may weigh.
    private var capacity: Int
    /// What the ghosts may take at most, in bytes.
    private var historyLimit: Int
    /// Uses so far.
    private(set) var clock: UInt32 = 0
    /// What was evicted so far, by weight.
    private var departed: UInt64 = 0
    /// How far that is shifted so that 16 bits cover the capacity sixteen times over.
    private let departureShift: UInt64
    /// The entry that was put in or replaced last; -1 when it has left.
    private var latest: CellIndex = -1
    /// Whether the hot entries still have to reach their part of the capacity for the first time.
    private var isWarming = true
    /// The next cell to look at for an age that is too great.
    private var sweep: CellIndex = 0

    /// - Parameter capacity: what the charges of all entries may add up to, in bytes.
    init(capacity: Int) {
        self.capacity = AdaptiveNode.weight(of: capacity)
        historyLimit = capacity / AdaptivePolicy.historyShare
        share = ColdShare(capacity: self.capacity)
        departureShift = UInt64(max(0, Int.bitWidth - self.capacity.leadingZeroBitCount - 12))
    }

    var entryCount: Int { hot.count + cold.count }

    mutating func onInsert(_ cell: CellIndex, hash: UInt32, charge: Int) {
        tick()
        nodes.grow(toHold: cell)
        let weight = AdaptiveNode.weight(of: charge)
        let isKnown = recognises(hash, weight)
        if isWarming, hot.weight + weight > hotLimit { isWarming = false }
        nodes.pointer(to: cell).pointee = AdaptiveNode(weight: weight, lastUse: clock)
        latest = cell
        if isKnown || isWarming { promote(cell) } else { cold.append(cell, nodes) }
        settle()
    }

    @inline(__always)
    mutating func onHit(_ cell: CellIndex) {
        tick()
        let node = nodes.pointer(to: cell)
        guard node.pointee.isHot else { return onColdHit(cell) }
        if Int(clock &- node.pointee.lastUse) > entryCount { share.onFarHit(node.pointee.weight) }
        node.pointee.lastUse = clock
        if defersMoves {
            node.pointee.isMoveDue = true
            return
        }
        guard cell != hot.newest else { return }
        hot.unlink(cell, nodes)
        hot.append(cell, nodes)
    }

    func prefetch(_ cell: CellIndex) { strata_prefetch(nodes.pointer(to: cell)) }

    func prefetchNeighbours(_ cell: CellIndex) {
        let node = nodes.pointer(to: cell).pointee
        guard !node.isHot || !defersMoves else { return }
        if node.older >= 0 { strata_prefetch(nodes.pointer(to: node.older)) }
        if node.newer >= 0 { strata_prefetch(nodes.pointer(to: node.newer)) }
    }

    mutating func onReplace(_ cell: CellIndex, charge: Int) {
        let weight = AdaptiveNode.weight(of: charge)
        let node = nodes.pointer(to: cell)
        let change = weight - node.pointee.weight
        if node.pointee.isHot { hot.weight += change } else { cold.weight += change }
        node.pointee.weight = weight
        latest = cell
        onHit(cell)
        settle()
    }

    mutating func onRemove(_ cell: CellIndex, hash: UInt32, isEvicted: Bool) {
        let node = nodes.pointer(to: cell).pointee
        if node.isHot { hot.unlink(cell, nodes) } else { cold.unlink(cell, nodes) }
        if latest == cell { latest = -1 }
        guard isEvicted else { return }
        departed &+= UInt64(node.weight)
        guard isReusedSooner(clock &- node.lastUse, node.weight) else { return }
        let ghost = GhostTable.Ghost(lastUse: node.lastUse, departure: UInt16(truncatingIfNeeded: departure))
        growHistory()
        ghosts.add(ghost, hash: hash, clock: clock)
    }

    func charge(of cell: CellIndex) -> Int { nodes.pointer(to: cell).pointee.weight << 2 }

    func lastUse(of cell: CellIndex) -> UInt32 { nodes.pointer(to: cell).pointee.lastUse }

    var historyBytes: Int { ghosts.bytes }

    /// Forgets the ghosts when they take more than twice of what they may.
    mutating func adapt(toCapacity bytes: Int) {
        capacity = AdaptiveNode.weight(of: bytes)
        share.capacity = capacity
        historyLimit = bytes / AdaptivePolicy.historyShare
        if ghosts.bytes > 2 * historyLimit { ghosts = GhostTable() }
        settle()
    }

    mutating func victim() -> CellIndex {
        if cold.oldest >= 0, cold.oldest != latest { return cold.oldest }
        moveDue()
        // Only the latest entry is cold; it goes when it is all there is.
        if hot.oldest >= 0, hot.oldest != latest { return hot.oldest }
        if hot.count > 1 { return nodes.pointer(to: hot.oldest).pointee.newer }
        return cold.oldest >= 0 ? cold.oldest : hot.oldest
    }

    /// Makes room for one bucket of ghosts, while more are wanted: by and by, so that what they take of the capacity is less
    /// than what an eviction frees, and nothing before there are evictions.
    private mutating func growHistory() {
        let wanted = AdaptivePolicy.ghostsPerEntry * (entryCount + 1)
        guard ghosts.capacity < wanted, ghosts.bytes < historyLimit else { return }
        ghosts.grow(toHold: ghosts.capacity + GhostTable.ways)
    }

    private var defersMoves: Bool { entryCount >= AdaptivePolicy.deferringMinimum }

    /// Makes up for the moves of the oldest hot entries, so that the oldest is one that was not used.
    private mutating func moveDue() {
        guard hot.count > 1 else { return }
        for _ in 0..<AdaptivePolicy.deferredMovesPerCall {
            let cell = hot.oldest
            let node = nodes.pointer(to: cell)
            guard node.pointee.isMoveDue else { return }
            node.pointee.isMoveDue = false
            hot.unlink(cell, nodes)
            hot.append(cell, nodes)
        }
    }

    private var hotLimit: Int { capacity - share.weight }

    private var departure: UInt64 { departed &>> departureShift }

    @inline(__always)
    private mutating func tick() {
        clock &+= 1
        if clock & 63 == 0 { limitNextAge() }
    }

    /// Brings the last use of one entry forward when it is about to be overtaken by the clock. Each comes round in time,
    /// as long as there are fewer than 2^24: the clock needs 2^30 steps from the greatest age to half of its range.
    private mutating func limitNextAge() {
        guard nodes.count > 0 else { return }
        sweep = Int(sweep) + 1 < nodes.count ? sweep + 1 : 0
        let node = nodes.pointer(to: sweep)
        if clock &- node.pointee.lastUse > AdaptivePolicy.greatestAge {
            node.pointee.lastUse = clock &- AdaptivePolicy.greatestAge
        }
    }

    @inline(never)
    private mutating func onColdHit(_ cell: CellIndex) {
        let node = nodes.pointer(to: cell)
        if node.pointee.wasHot { share.onDemotedHit(node.pointee.weight) }
        node.pointee.wasHot = false
        let age = clock &- node.pointee.lastUse
        node.pointee.lastUse = clock
        cold.unlink(cell, nodes)
        if isReusedSooner(age, node.pointee.weight) { promote(cell) } else { cold.append(cell, nodes) }
        settle()
    }

    /// Whether a key that comes in was evicted so recently that it becomes hot; learns from its ghost.
    private mutating func recognises(_ hash: UInt32, _ weight: Int) -> Bool {
        guard let ghost = ghosts.take(hash) else { return false }
        let age = clock &- ghost.lastUse
        let isKnown = isReusedSooner(age, weight)
        let since = Int(UInt16(truncatingIfNeeded: departure) &- ghost.departure) << Int(departureShift)
        if since <= max(weight, share.nearWindow) {
            share.onNearReturn(weight)
        } else if age <= entryCount {
            share.onFarReturn(weight, count: entryCount)
        }
        return isKnown
    }

    /// Whether an entry of this age, now used again, is worth its weight more than the hot entry unused for the longest.
    private mutating func isReusedSooner(_ age: UInt32, _ weight: Int) -> Bool {
        guard hot.count > 0 else { return true }
        moveDue()
        let oldestAge = clock &- nodes.pointer(to: hot.oldest).pointee.lastUse
        let mean = max(1, hot.weight / hot.count)
        guard weight > mean else { return age <= oldestAge }
        return UInt64(age) * UInt64(weight) <= UInt64(oldestAge) * UInt64(mean)
    }

    private mutating func promote(_ cell: CellIndex) {
        nodes.pointer(to: cell).pointee.isHot = true
        hot.append(cell, nodes)
    }

    /// Makes hot entries cold that are beyond their part of the capacity.
    private mutating func settle() {
        var steps = AdaptivePolicy.demotionsPerCall
        while hot.weight > hotLimit, hot.count > 0, steps > 0 {
            moveDue()
            let cell = hot.oldest
            hot.unlink(cell, nodes)
            let node = nodes.pointer(to: cell)
            node.pointee.isHot = false
            node.pointee.isMoveDue = false
            node.pointee.wasHot = true
            cold.append(cell, nodes)
            steps -= 1
        }
    }
}
