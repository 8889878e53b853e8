public import StrataCore

extension MemoryCache {
    /// One page of the keys that hold a value, in the order of their positions, as a store's scan.
    ///
    /// A key that is there from the scan's start to its end is in at least one page. Looks at every entry, 1,024 at a time
    /// with the lock free in between, so that a scan is slow and nobody waits for it. Complexity: O(entries) a page.
    /// - Parameters:
    ///   - start: where the page starts, inclusive.
    ///   - count: how many keys the page should have, at least 1; it has more when several share the last position.
    /// - Returns: the keys, and where the next page starts; nil after the last one.
    public func keys(from start: KeyPosition, count: Int) -> (keys: [Key], next: KeyPosition?) {
        var page = ScanSelection(start: start, count: max(count, 1))
        for stripe in core.stripes {
            var cell: CellIndex = 0
            while let next = stripe.withTable({ $0.select(from: cell, into: &page) }) { cell = next }
        }
        return page.finish()
    }
}

extension EntryTable {
    /// For how many cells a scan holds the lock at once.
    private static let cellsPerScanStep: CellIndex = 1024

    /// Offers the keys of some cells.
    ///
    /// - Returns: where the next ones start; nil after the last.
    func select(from first: CellIndex, into page: inout ScanSelection) -> CellIndex? {
        let end = min(first + EntryTable.cellsPerScanStep, records.cellCount)
        guard first < end else { return nil }
        for cell in first..<end {
            guard records.block(cell).holdsValue else { continue }
            let key = key(of: cell)
            guard page.mayTake(slot: Slot(of: key).number), case .hit = usability(of: cell) else { continue }
            page.offer(Key(key))
        }
        return end
    }
}

/// The keys of the lowest positions among those offered, in bounded memory.
struct ScanSelection {
    private let start: KeyPosition
    private let count: Int
    private var candidates: [(position: KeyPosition, key: Key)] = []
    /// What lies above can't be in the page any more.
    private var limit: KeyPosition?

    init(start: KeyPosition, count: Int) {
        self.start = start
        self.count = count
    }

    /// Whether a key of this slot can be in the page; spares most keys the computation of their position.
    func mayTake(slot: Int) -> Bool {
        UInt64(slot) >= start.rawValue >> 32 && UInt64(slot) <= (limit?.rawValue ?? .max) >> 32
    }

    mutating func offer(_ key: Key) {
        let position = KeyPosition(of: key)
        guard position >= start, limit.map({ position <= $0 }) ?? true else { return }
        candidates.append((position, key))
        if candidates.count >= 2 * count + 64 { prune() }
    }

    /// The page, and where the next one starts.
    mutating func finish() -> (keys: [Key], next: KeyPosition?) {
        prune()
        return (candidates.map(\.key), limit?.next)
    }

    /// Cuts the candidates to the page's size, but never between keys that share a position.
    private mutating func prune() {
        candidates.sort { $0 < $1 }
        guard candidates.count >= count else { return }
        let last = candidates[count - 1].position
        candidates.removeSubrange((candidates.firstIndex { $0.position > last } ?? candidates.count)...)
        limit = last
    }
}
