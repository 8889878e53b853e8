extension AdaptivePolicy {
    /// How many entries are in the order. Complexity: O(entries).
    var count: Int {
        var count = 0
        visit(hot) { _ in count += 1 }
        visit(cold) { _ in count += 1 }
        return count
    }

    /// Every entry of a list, the least recently used first.
    func visit(_ list: AdaptiveList, _ body: (CellIndex) -> Void) {
        var cell = list.oldest
        while cell >= 0 {
            body(cell)
            cell = nodes.pointer(to: cell).pointee.newer
        }
    }

    func violations() -> [String] {
        violations(of: hot, areHot: true) + violations(of: cold, areHot: false)
    }

    private func violations(of list: AdaptiveList, areHot: Bool) -> [String] {
        var found: [String] = []
        var previous: CellIndex = -1
        var count = 0
        var weight = 0
        visit(list) { cell in
            let node = nodes.pointer(to: cell).pointee
            if node.older != previous { found.append("cell \(cell) is linked one way only") }
            if node.isHot != areHot { found.append("cell \(cell) is in the list of the other temperature") }
            previous = cell
            count += 1
            weight += node.weight
        }
        if previous != list.newest { found.append("the order ends at \(previous) instead of \(list.newest)") }
        if count != list.count { found.append("a list of \(list.count) entries has \(count)") }
        if weight != list.weight { found.append("a list of weight \(list.weight) weighs \(weight)") }
        return found
    }
}
