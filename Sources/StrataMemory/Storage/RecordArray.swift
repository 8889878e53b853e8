/// The records of a stripe's entries, in cells that are used again.
struct RecordArray: ~Copyable {
    private let records: ReservedArray<EntryRecord>
    /// The first of the vacant cells, which are linked by `next`; -1 when there are none.
    private var firstVacant: CellIndex = -1
    /// How many cells there are, taken and vacant; they have the numbers below.
    private(set) var cellCount: CellIndex = 0
    /// How many cells are taken.
    private(set) var count = 0

    /// - Parameter limit: how many cells there can be.
    init(limit: CellIndex) {
        records = ReservedArray(count: limit)
    }

    /// Where readers without the lock find the records.
    var start: UnsafeMutablePointer<EntryRecord> { records.start }

    /// Where a record is; valid as long as the array is.
    @inline(__always)
    func pointer(to cell: CellIndex) -> UnsafeMutablePointer<EntryRecord> { records.pointer(to: cell) }

    /// The block in a cell; none in a vacant one.
    @inline(__always)
    func block(_ cell: CellIndex) -> BlockReference { records.pointer(to: cell).pointee.block }

    /// Takes a cell for an entry of this hash, whose block is put in later.
    mutating func take(hash: UInt32) -> CellIndex {
        let cell: CellIndex
        if firstVacant >= 0 {
            cell = firstVacant
            firstVacant = records.pointer(to: cell).pointee.next
        } else {
            cell = cellCount
            cellCount += 1
        }
        records.pointer(to: cell).pointee.next = -1
        records.pointer(to: cell).pointee.hash = hash
        count += 1
        return cell
    }

    /// Empties a cell that was taken.
    mutating func giveBack(_ cell: CellIndex) {
        let record = records.pointer(to: cell)
        record.pointee.block = .none
        record.pointee.next = firstVacant
        firstVacant = cell
        count -= 1
    }
}
