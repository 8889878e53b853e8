/// Finds the cells of a hash: linear hashing with chains through the records.
///
/// There is an address for each entry, and one is added at a time, so that growing costs the split of one chain and there
/// never is a rehash of everything; the memory is four bytes an entry at every size, the links being in the records.
///
/// Invariant: an entry is in the chain of the address of its hash, once.
struct KeyIndex: ~Copyable {
    /// What an entry costs here, in bytes.
    static let bytesPerEntry = 4

    private var heads = CellArray<CellIndex>(filler: -1)
    private var addresses = LinearAddressing()
    /// How many entries there are.
    private(set) var count = 0

    init() {
        addresses.grow(to: 1)
        heads.grow(toHold: 0)
    }

    /// How many addresses there are.
    var addressCount: Int { addresses.count }

    /// The first entry that may have this hash; its `next` leads to the others. -1 when there is none.
    @inline(__always)
    func first(_ hash: UInt32) -> CellIndex {
        heads.pointer(to: address(hash)).pointee
    }

    /// Adds a cell that is not there yet.
    ///
    /// - Parameter rehash: the hash of a record's key.
    mutating func insert(
        _ hash: UInt32, _ cell: CellIndex, _ records: borrowing RecordArray, rehash: (EntryRecord) -> UInt32
    ) {
        count += 1
        if count > addressCount, addressCount < Int(CellIndex.max) { split(records, rehash) }
        push(cell, address(hash), records)
    }

    /// Removes a cell that is there.
    mutating func remove(_ hash: UInt32, _ cell: CellIndex, _ records: borrowing RecordArray) {
        let next = records.pointer(to: cell).pointee.next
        let head = heads.pointer(to: address(hash))
        count -= 1
        if head.pointee == cell {
            head.pointee = next
            return
        }
        var before = head.pointee
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
    private mutating func split(_ records: borrowing RecordArray, _ rehash: (EntryRecord) -> UInt32) {
        addresses.grow(to: addressCount + 1)
        heads.grow(toHold: CellIndex(addressCount - 1))
        let source = CellIndex(addresses.source)
        var cell = heads.pointer(to: source).pointee
        heads.pointer(to: source).pointee = -1
        while cell >= 0 {
            let record = records[cell]
            push(cell, address(rehash(record)), records)
            cell = record.next
        }
    }

    @inline(__always)
    private mutating func push(_ cell: CellIndex, _ address: CellIndex, _ records: borrowing RecordArray) {
        let head = heads.pointer(to: address)
        records.pointer(to: cell).pointee.next = head.pointee
        head.pointee = cell
    }
}
