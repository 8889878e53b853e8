/// What the adaptive policy knows of an entry: 16 bytes.
struct AdaptiveNode {
    var older: CellIndex = -1
    var newer: CellIndex = -1
    /// The policy's clock when the entry was last used.
    var lastUse: UInt32
    /// The weight in the upper 29 bits; below, whether the entry is hot, whether it was, and whether it is to be moved.
    private var weightAndState: UInt32

    init(weight: Int = 0, lastUse: UInt32 = 0) {
        self.lastUse = lastUse
        weightAndState = UInt32(weight) << 3
    }

    /// The weight of a charge: a quarter of it, so that every charge of an entry fits 29 bits.
    static func weight(of charge: Int) -> Int { charge >> 2 }

    var weight: Int {
        get { Int(weightAndState &>> 3) }
        set { weightAndState = UInt32(newValue) << 3 | weightAndState & 7 }
    }

    var isHot: Bool {
        get { weightAndState & 1 != 0 }
        set { weightAndState = newValue ? weightAndState | 1 : weightAndState & ~1 }
    }

    /// Whether the entry was hot, is not any more, and was not used since.
    var wasHot: Bool {
        get { weightAndState & 2 != 0 }
        set { weightAndState = newValue ? weightAndState | 2 : weightAndState & ~2 }
    }

    /// Whether the entry was used since it got its place among the hot ones.
    var isMoveDue: Bool {
        get { weightAndState & 4 != 0 }
        set { weightAndState = newValue ? weightAndState | 4 : weightAndState & ~4 }
    }
}

/// A doubly linked list through the nodes of the adaptive policy, with the sum of their weights.
struct AdaptiveList {
    private(set) var oldest: CellIndex = -1
    private(set) var newest: CellIndex = -1
    private(set) var count = 0
    var weight = 0

    @inline(__always)
    mutating func append(_ cell: CellIndex, _ nodes: borrowing CellArray<AdaptiveNode>) {
        let node = nodes.pointer(to: cell)
        node.pointee.older = newest
        node.pointee.newer = -1
        if newest >= 0 { nodes.pointer(to: newest).pointee.newer = cell } else { oldest = cell }
        newest = cell
        count += 1
        weight += node.pointee.weight
    }

    @inline(__always)
    mutating func unlink(_ cell: CellIndex, _ nodes: borrowing CellArray<AdaptiveNode>) {
        let node = nodes.pointer(to: cell).pointee
        if node.older >= 0 { nodes.pointer(to: node.older).pointee.newer = node.newer } else { oldest = node.newer }
        if node.newer >= 0 { nodes.pointer(to: node.newer).pointee.older = node.older } else { newest = node.older }
        count -= 1
        weight -= node.weight
    }
}
