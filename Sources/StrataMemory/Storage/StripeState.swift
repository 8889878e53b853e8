import StrataCore

/// The entries of one stripe with their contents. It takes no lock.
@usableFromInline
struct StripeState<Value: Sendable>: ~Copyable {
    // Owned by this struct. Behind a pointer, because Swift 6.3 crashes on a property of a type whose `deinit` is not
    // inlinable when inlinable code can see it, and the table's could not be.
    @usableFromInline let table: UnsafeMutablePointer<EntryTable>
    /// The content of each cell; `.absent` in vacant ones.
    @usableFromInline private(set) var contents: CellArray<MemoryContent<Value>>

    init(table: consuming EntryTable) {
        self.table = .allocate(capacity: 1)
        self.table.initialize(to: table)
        contents = CellArray(filler: .absent)
    }

    deinit {
        table.deinitialize(count: 1)
        table.deallocate()
    }

    /// Removes a cell that the table answered.
    @inlinable
    mutating func drop(_ cell: CellIndex, _ cause: RemovalCause, _ discarded: inout DiscardedContents<Value>) {
        discarded.add(contents.pointer(to: cell).pointee)
        contents.pointer(to: cell).pointee = .absent
        table.pointee.remove(cell, cause)
    }

    /// Puts a content where the table admitted it, and makes room.
    @inlinable
    mutating func insert(
        _ key: UnsafeRawBufferPointer, _ hash: UInt64, _ content: consuming MemoryContent<Value>,
        _ offer: borrowing EntryTable.Offer, anyVersion: Bool, _ discarded: inout DiscardedContents<Value>
    ) -> InsertOutcome {
        switch table.pointee.admit(key, hash, offer, anyVersion: anyVersion) {
        case .refused(let outcome, let superseded):
            if superseded >= 0 { drop(superseded, .invalidated, &discarded) }
            return outcome
        case .cell(let cell):
            growContents(toHold: cell)
            discarded.add(contents.pointer(to: cell).pointee)
            contents.pointer(to: cell).pointee = content
            while let (excess, cause) = table.pointee.nextExcess() {
                drop(excess, cause, &discarded)
            }
            return .inserted
        }
    }

    @usableFromInline
    mutating func growContents(toHold cell: CellIndex) {
        contents.grow(toHold: cell)
    }

    /// The entry of a cell with its metadata.
    func entry(_ cell: CellIndex) -> MemoryEntry<Value> {
        let record = table.pointee.records.pointer(to: cell)
        return MemoryEntry(
            content: contents.pointer(to: cell).pointee, version: Version(rawValue: record.pointee.version),
            deadline: Timestamp(nanoseconds: record.pointee.deadline),
            tags: record.pointee.tags < 0 ? [] : table.pointee.tags.tags(record.pointee.tags))
    }
}

/// Contents that left a stripe, kept until its lock is released: freeing a value may take long, and its `deinit` may call
/// the cache.
@usableFromInline
struct DiscardedContents<Value> {
    @usableFromInline var first: MemoryContent<Value> = .absent
    @usableFromInline var others: [MemoryContent<Value>] = []

    @inlinable
    init() {}

    @inlinable
    mutating func add(_ content: MemoryContent<Value>) {
        guard case .value = content else { return }
        if case .absent = first { first = content } else { others.append(content) }
    }
}
