/// Finds the cells of a hash: linear hashing with chains through the records.
///
/// There is an address for each entry, and one is added at a time, so that growing costs the split of one chain and there
/// never is a rehash of everything; the memory is four bytes an entry at every size, the links being in the records. An
/// address is the lowest bits of the hash, one bit less when that is not below the number of addresses.
///
/// Invariant: an entry is in the chain of the address of its hash, once.
/// Source: Litwin, "Linear hashing: a new tool for file and table addressing", 1980.
struct KeyIndex: ~Copyable {
    /// What an entry costs here, in bytes.
    static let bytesPerEntry = 4

    private var heads = CellArray<CellIndex>(filler: -1)
    /// How many addresses there are.
    private(set) var addressCount = 1
    /// All bits of the largest address: one below a power of two.
    private var mask = 0
    /// How many entries there are.
    private(set) var count = 0

    init() {
        heads.grow(toHold: 0)
    }

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
        let address = Int(hash) & mask
        return CellIndex(truncatingIfNeeded: address < addressCount ? address : address & (mask &>> 1))
    }

    /// Adds an address, and moves to it what belongs there.
    private mutating func split(_ records: borrowing RecordArray, _ rehash: (EntryRecord) -> UInt32) {
        let added = addressCount
        addressCount += 1
        if added > mask { mask = mask << 1 | 1 }
        heads.grow(toHold: CellIndex(added))
        let source = CellIndex(added & mask >> 1)
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
