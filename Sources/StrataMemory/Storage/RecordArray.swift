/// The records of a stripe's entries, in cells that are used again.
struct RecordArray: ~Copyable {
    private var records = CellArray(filler: EntryRecord.vacant)
    /// The first of the vacant cells, which are linked by `next`; -1 when there are none.
    private var firstVacant: CellIndex = -1
    /// How many cells there are, taken and vacant; they have the numbers below.
    private(set) var cellCount: CellIndex = 0
    /// How many cells are taken.
    private(set) var count = 0

    /// Where a record is; valid as long as the array is.
    @inline(__always)
    func pointer(to cell: CellIndex) -> UnsafeMutablePointer<EntryRecord> { records.pointer(to: cell) }

    subscript(cell: CellIndex) -> EntryRecord {
        @inline(__always) get { records.pointer(to: cell).pointee }
    }

    /// Puts a record into a cell.
    mutating func take(_ record: EntryRecord) -> CellIndex {
        let cell: CellIndex
        if firstVacant >= 0 {
            cell = firstVacant
            firstVacant = records.pointer(to: cell).pointee.next
        } else {
            precondition(cellCount < .max, "a stripe of \(cellCount) entries is full")
            cell = cellCount
            cellCount += 1
            records.grow(toHold: cell)
        }
        records.pointer(to: cell).pointee = record
        count += 1
        return cell
    }

    /// Empties a cell that was taken.
    mutating func giveBack(_ cell: CellIndex) {
        var vacant = EntryRecord.vacant
        vacant.next = firstVacant
        records.pointer(to: cell).pointee = vacant
        firstVacant = cell
        count -= 1
    }
}
