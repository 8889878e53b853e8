import Synchronization

/// What of a stripe's table a reader without the lock looks at.
///
/// What it finds was the key's entry at some moment since it began to look, and stays readable while its slot is marked.
/// An entry whose surroundings are being changed may be missed: a reader that finds nothing looks again and learns whether
/// chains were changed meanwhile. Only if they were does it need the lock to know.
struct LookupView: ~Copyable {
    /// How many links a reader follows: a link may lead it away into the list of vacant cells, and nobody counts those.
    private static let steps = 32
    private static let lineSize = 64

    private let heads: UnsafeMutablePointer<ChainHead>
    private let records: UnsafeMutablePointer<EntryRecord>
    /// The addresses of the key index, told after they were made.
    private let addresses: Atomic<UInt64>
    /// The number of the eviction order's epoch.
    private let epochNumber = Atomic<UInt32>(0)
    /// How often chains were about to be changed and had been: odd while they are. In a cache line of its own, because
    /// every eviction writes to it and no hit reads it.
    ///
    /// Source: Lameter, "Effective synchronization on Linux/NUMA systems", 2005, on sequence locks.
    private let changes: UnsafeMutablePointer<Atomic<UInt>>

    init(_ index: borrowing KeyIndex, _ records: borrowing RecordArray) {
        heads = index.start
        self.records = records.start
        addresses = Atomic(index.addresses.word)
        let line = UnsafeMutableRawPointer.allocate(byteCount: LookupView.lineSize, alignment: LookupView.lineSize)
        changes = line.bindMemory(to: Atomic<UInt>.self, capacity: 1)
        changes.initialize(to: Atomic(0))
    }

    deinit {
        changes.deinitialize(count: 1)
        changes.deallocate()
    }

    /// Lets readers use the addresses that the index has now.
    func update(_ index: borrowing KeyIndex) {
        addresses.store(index.addresses.word, ordering: .releasing)
    }

    /// In which one hit of a key is news to the eviction order; changed with the lock.
    var epoch: UseEpoch {
        @inline(__always) get { UseEpoch(number: epochNumber.load(ordering: .relaxed)) }
        nonmutating set { epochNumber.store(newValue.number, ordering: .relaxed) }
    }

    /// Changes chains so that a reader may miss an entry on the way; to be called with the lock.
    @inline(__always)
    func changingChains(_ body: () -> Void) {
        let count = changes.pointee.load(ordering: .relaxed)
        changes.pointee.store(count &+ 1, ordering: .relaxed)
        // Nothing of the change may be seen before its announcement.
        atomicMemoryFence(ordering: .releasing)
        body()
        changes.pointee.store(count &+ 2, ordering: .releasing)
    }

    /// Whether there is no entry of a key; false also when that can't be told now.
    @inline(never)
    func lacks(_ key: UnsafeRawBufferPointer, _ hash: UInt32, _ layout: BlockLayout) -> Bool {
        let before = changes.pointee.load(ordering: .acquiring)
        guard before & 1 == 0, find(key, hash, layout).cell == -1 else { return false }
        atomicMemoryFence(ordering: .acquiring)
        return changes.pointee.load(ordering: .relaxed) == before
    }

    /// Looks for a key whose entry has no part but a value, in fewer instructions than `find`.
    ///
    /// - Parameter keyOffset: where the key is in such an entry's block.
    /// - Returns: its cell and its block; -1 and none when `find` would not find it either, -2 and none when it has to look.
    @inline(__always)
    func findPlain(
        _ key: ShortKey, _ hash: UInt32, _ keyOffset: Int
    ) -> (cell: CellIndex, block: BlockReference) {
        let address = LinearAddressing(word: addresses.load(ordering: .acquiring)).address(hash)
        var cell = (heads + address).pointee.cell
        var steps = LookupView.steps
        while cell >= 0, steps > 0 {
            let record = records + Int(cell)
            if record.pointee.hash == hash {
                let block = record.pointee.block
                guard block.isPlain(keyLength: key.count), key.isEqual(toBytesAt: block.address + keyOffset) else {
                    return (-2, .none)
                }
                return (cell, block)
            }
            cell = record.pointee.next
            steps &-= 1
        }
        return (steps > 0 ? -1 : -2, .none)
    }

    /// Looks for a key.
    ///
    /// - Returns: its cell and its block; -1 and none when it was not found, -2 and none when the chain has no end.
    @inline(__always)
    func find(
        _ key: UnsafeRawBufferPointer, _ hash: UInt32, _ layout: BlockLayout
    ) -> (cell: CellIndex, block: BlockReference) {
        let address = LinearAddressing(word: addresses.load(ordering: .acquiring)).address(hash)
        var cell = (heads + address).pointee.cell
        var steps = LookupView.steps
        while cell >= 0 {
            let record = records + Int(cell)
            if record.pointee.hash == hash {
                let block = record.pointee.block
                if !block.isNone, areEqual(layout.key(block), key) { return (cell, block) }
            }
            cell = record.pointee.next
            steps -= 1
            if steps == 0 { return (-2, .none) }
        }
        return (-1, .none)
    }
}
