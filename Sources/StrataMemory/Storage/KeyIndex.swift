import Synchronization

/// Finds the cells of a hash: linear hashing with chains through the records.
///
/// There is an address for each entry, and one is added at a time, so that growing costs the split of one chain and there
/// never is a rehash of everything; the memory is four bytes an entry at every size, the links being in the records.
/// Changed under the stripe's lock, and read without it by a `LookupView`.
///
/// Invariant: an entry is in the chain of the address of its hash, once.
struct KeyIndex: ~Copyable {
    /// What an entry costs here, in bytes.
    static let bytesPerEntry = 4

    private let heads: ReservedArray<ChainHead>
    private(set) var addresses = LinearAddressing()
    /// How many entries there are.
    private(set) var count = 0

    /// - Parameter limit: how many entries there can be.
    init(limit: CellIndex) {
        heads = ReservedArray(count: limit)
        addresses.grow(to: 1)
    }

    /// How many addresses there are.
    var addressCount: Int { addresses.count }

    /// Where readers without the lock find the heads of the chains.
    var start: UnsafeMutablePointer<ChainHead> { heads.start }

    /// The first entry that may have this hash; its `next` leads to the others. -1 when there is none.
    @inline(__always)
    func first(_ hash: UInt32) -> CellIndex {
        heads.pointer(to: address(hash)).pointee.cell
    }

    /// Whether the next cell that is added splits a chain.
    var splitsAtNext: Bool { count >= addressCount && addressCount < Int(CellIndex.max) }

    /// Adds a cell that is not there yet.
    mutating func insert(_ cell: CellIndex, _ records: borrowing RecordArray) {
        let splits = splitsAtNext
        count += 1
        if splits { split(records) }
        push(cell, records)
    }

    /// Removes a cell that is there.
    mutating func remove(_ cell: CellIndex, _ records: borrowing RecordArray) {
        let removed = records.pointer(to: cell)
        let next = removed.pointee.next
        let head = heads.pointer(to: address(removed.pointee.hash))
        count -= 1
        if head.pointee.cell == cell {
            head.pointee.cell = next
            return
        }
        var before = head.pointee.cell
        while true {
            precondition(before >= 0, "cell \(cell) is not in the key index")
            let record = records.pointer(to: before)
            if record.pointee.next == cell {
                record.pointee.next = next
                return
            }
            before = record.pointee.next
        }
    }

    /// The address of a hash.
    @inline(__always)
    func address(_ hash: UInt32) -> CellIndex {
        CellIndex(truncatingIfNeeded: addresses.address(hash))
    }

    /// Adds an address, and moves to it what belongs there.
    private mutating func split(_ records: borrowing RecordArray) {
        addresses.grow(to: addressCount + 1)
        let source = heads.pointer(to: CellIndex(addresses.source))
        var cell = source.pointee.cell
        source.pointee.cell = -1
        while cell >= 0 {
            let next = records.pointer(to: cell).pointee.next
            push(cell, records)
            cell = next
        }
    }

    @inline(__always)
    private mutating func push(_ cell: CellIndex, _ records: borrowing RecordArray) {
        let record = records.pointer(to: cell)
        let head = heads.pointer(to: address(record.pointee.hash))
        record.pointee.next = head.pointee.cell
        head.pointee.cell = cell
    }
}

/// The first cell of a chain; -1 when it is empty.
struct ChainHead: ~Copyable {
    /// One more than the cell, so that memory that was not written to yet is an empty chain.
    private let next = Atomic<CellIndex>(0)

    var cell: CellIndex {
        @inline(__always) get { next.load(ordering: .acquiring) &- 1 }
        nonmutating set { next.store(newValue &+ 1, ordering: .releasing) }
    }
}
