extension LRUPolicy {
    /// How many entries are in the order. Complexity: O(entries).
    var count: Int {
        var count = 0
        visit { _ in count += 1 }
        return count
    }

    /// Every entry, the least recently used first.
    func visit(_ body: (CellIndex) -> Void) {
        var cell = oldest
        while cell >= 0 {
            body(cell)
            cell = links.pointer(to: cell).pointee.newer
        }
    }

    func violations() -> [String] {
        var found: [String] = []
        var previous: CellIndex = -1
        visit { cell in
            if links.pointer(to: cell).pointee.older != previous { found.append("cell \(cell) is linked one way only") }
            previous = cell
        }
        if previous != newest { found.append("the order ends at \(previous) instead of \(newest)") }
        return found
    }
}
