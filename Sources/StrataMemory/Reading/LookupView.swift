import Synchronization

/// What of a stripe's table a reader without the lock looks at.
///
/// It finds every entry that nobody is changing the surroundings of. One that is being moved to another chain may be
/// missed, which is why a reader that finds nothing looks again under the lock. What it finds was the key's entry at some
/// moment since it began to look, and stays readable while its slot is marked.
struct LookupView: ~Copyable {
    /// How many links a reader follows: a link may lead it away into the list of vacant cells, and nobody counts those.
    private static let steps = 32

    private let heads: CellArray<ChainHead>.Chunks
    private let records: CellArray<EntryRecord>.Chunks
    /// How many addresses the key index has, told after they were made.
    private let addressCount: Atomic<Int>

    init(_ index: borrowing KeyIndex, _ records: borrowing RecordArray) {
        heads = index.chunks
        self.records = records.chunks
        addressCount = Atomic(index.addressCount)
    }

    /// Lets readers use the addresses that the index has now.
    func update(_ index: borrowing KeyIndex) {
        addressCount.store(index.addressCount, ordering: .releasing)
    }

    /// Looks for a key.
    ///
    /// - Returns: its cell and its block; -1 and none when it was not found.
    @inline(__always)
    func find(
        _ key: UnsafeRawBufferPointer, _ hash: UInt32, _ layout: BlockLayout
    ) -> (cell: CellIndex, block: BlockReference) {
        let address = LinearAddressing.address(hash, count: addressCount.load(ordering: .acquiring))
        var cell = CellArray.pointer(to: CellIndex(truncatingIfNeeded: address), in: heads).pointee.cell
        var steps = LookupView.steps
        while cell >= 0, steps > 0 {
            let record = CellArray.pointer(to: cell, in: records)
            if record.pointee.hash == hash {
                let block = record.pointee.block
                if !block.isNone, areEqual(layout.key(block), key) { return (cell, block) }
            }
            cell = record.pointee.next
            steps -= 1
        }
        return (-1, .none)
    }
}
