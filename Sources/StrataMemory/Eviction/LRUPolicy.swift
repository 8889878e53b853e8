import CStrataThreads

/// Least recently used goes first: a doubly linked list through the cells, the newest at one end.
///
/// Invariant: every entry is in the list once; walking from `oldest` along `newer` meets them in the order of their last
/// use and ends at `newest`.
struct LRUPolicy: EvictionPolicy, ~Copyable {
    struct Link {
        var older: CellIndex = -1
        var newer: CellIndex = -1
        /// A quarter of the charge, so that 32 bits hold every charge of an entry.
        var weight: UInt32 = 0
        /// The clock at the last use.
        var lastUse: UInt32 = 0
    }

    private(set) var links = CellArray(filler: Link())
    private(set) var oldest: CellIndex = -1
    private(set) var newest: CellIndex = -1
    private(set) var clock: UInt32 = 0

    mutating func onInsert(_ cell: CellIndex, hash: UInt32, charge: Int) {
        links.grow(toHold: cell)
        links.pointer(to: cell).pointee.weight = UInt32(charge >> 2)
        clock &+= 1
        links.pointer(to: cell).pointee.lastUse = clock
        append(cell)
    }

    mutating func onHit(_ cell: CellIndex) {
        clock &+= 1
        links.pointer(to: cell).pointee.lastUse = clock
        guard cell != newest else { return }
        unlink(cell)
        append(cell)
    }

    func prefetch(_ cell: CellIndex) { strata_prefetch(links.pointer(to: cell)) }

    func prefetchNeighbours(_ cell: CellIndex) {
        let node = links.pointer(to: cell).pointee
        if node.older >= 0 { strata_prefetch(links.pointer(to: node.older)) }
        if node.newer >= 0 { strata_prefetch(links.pointer(to: node.newer)) }
    }

    mutating func onReplace(_ cell: CellIndex, charge: Int) {
        links.pointer(to: cell).pointee.weight = UInt32(charge >> 2)
        onHit(cell)
    }

    mutating func onRemove(_ cell: CellIndex, hash: UInt32, isEvicted: Bool) {
        unlink(cell)
    }

    func charge(of cell: CellIndex) -> Int { Int(links.pointer(to: cell).pointee.weight) << 2 }

    func lastUse(of cell: CellIndex) -> UInt32 { links.pointer(to: cell).pointee.lastUse }

    /// The order doesn't depend on the capacity.
    mutating func adapt(toCapacity bytes: Int) {}

    var historyBytes: Int { 0 }

    func victim() -> CellIndex { oldest }

    @inline(__always)
    private mutating func append(_ cell: CellIndex) {
        let link = links.pointer(to: cell)
        link.pointee.older = newest
        link.pointee.newer = -1
        if newest >= 0 { links.pointer(to: newest).pointee.newer = cell } else { oldest = cell }
        newest = cell
    }

    @inline(__always)
    private mutating func unlink(_ cell: CellIndex) {
        let link = links.pointer(to: cell).pointee
        if link.older >= 0 { links.pointer(to: link.older).pointee.newer = link.newer } else { oldest = link.newer }
        if link.newer >= 0 { links.pointer(to: link.newer).pointee.older = link.older } else { newest = link.older }
    }
}
