/// The policy that the configuration names, chosen when the table is made: one predictable branch a call, where an
/// existential would cost an indirect one. The other policy is an empty shell.
struct SelectedPolicy: EvictionPolicy, ~Copyable {
    let name: EvictionPolicyName
    private var lru = LRUPolicy()
    private var adaptive: AdaptivePolicy

    /// - Parameter capacity: what the charges of all entries may add up to, in bytes.
    init(_ name: EvictionPolicyName, capacity: Int) {
        self.name = name
        adaptive = AdaptivePolicy(capacity: capacity)
    }

    mutating func onInsert(_ cell: CellIndex, hash: UInt32, charge: Int) {
        switch name {
        case .lru: lru.onInsert(cell, hash: hash, charge: charge)
        case .adaptive: adaptive.onInsert(cell, hash: hash, charge: charge)
        }
    }

    @inline(__always)
    mutating func onHit(_ cell: CellIndex) {
        switch name {
        case .lru: lru.onHit(cell)
        case .adaptive: adaptive.onHit(cell)
        }
    }

    func prefetch(_ cell: CellIndex) {
        switch name {
        case .lru: lru.prefetch(cell)
        case .adaptive: adaptive.prefetch(cell)
        }
    }

    func prefetchNeighbours(_ cell: CellIndex) {
        switch name {
        case .lru: lru.prefetchNeighbours(cell)
        case .adaptive: adaptive.prefetchNeighbours(cell)
        }
    }

    mutating func onReplace(_ cell: CellIndex, charge: Int) {
        switch name {
        case .lru: lru.onReplace(cell, charge: charge)
        case .adaptive: adaptive.onReplace(cell, charge: charge)
        }
    }

    mutating func onRemove(_ cell: CellIndex, hash: UInt32, isEvicted: Bool) {
        switch name {
        case .lru: lru.onRemove(cell, hash: hash, isEvicted: isEvicted)
        case .adaptive: adaptive.onRemove(cell, hash: hash, isEvicted: isEvicted)
        }
    }

    func charge(of cell: CellIndex) -> Int {
        switch name {
        case .lru: lru.charge(of: cell)
        case .adaptive: adaptive.charge(of: cell)
        }
    }

    var clock: UInt32 {
        switch name {
        case .lru: lru.clock
        case .adaptive: adaptive.clock
        }
    }

    func lastUse(of cell: CellIndex) -> UInt32 {
        switch name {
        case .lru: lru.lastUse(of: cell)
        case .adaptive: adaptive.lastUse(of: cell)
        }
    }

    mutating func adapt(toCapacity bytes: Int) {
        switch name {
        case .lru: lru.adapt(toCapacity: bytes)
        case .adaptive: adaptive.adapt(toCapacity: bytes)
        }
    }

    var historyBytes: Int {
        switch name {
        case .lru: lru.historyBytes
        case .adaptive: adaptive.historyBytes
        }
    }

    mutating func victim() -> CellIndex {
        switch name {
        case .lru: lru.victim()
        case .adaptive: adaptive.victim()
        }
    }

    /// How many entries are in the order. Complexity: O(entries).
    var count: Int {
        switch name {
        case .lru: lru.count
        case .adaptive: adaptive.count
        }
    }

    func violations() -> [String] {
        switch name {
        case .lru: lru.violations()
        case .adaptive: adaptive.violations()
        }
    }
}
