/// A part of a cache under one lock: a table and its mutex in memory of their own, on cache lines that no other stripe uses.
struct MemoryStripe {
    private static let alignment = 128

    let lock: StripeLock
    /// Guarded by `lock`.
    let table: UnsafeMutablePointer<EntryTable>
    private let memory: UnsafeMutableRawPointer

    init(_ table: consuming EntryTable) {
        let tableOffset = (StripeLock.size + 63) & ~63
        memory = .allocate(
            byteCount: tableOffset + MemoryLayout<EntryTable>.stride, alignment: MemoryStripe.alignment)
        lock = StripeLock(at: memory)
        self.table = (memory + tableOffset).bindMemory(to: EntryTable.self, capacity: 1)
        self.table.initialize(to: table)
    }

    /// Frees the stripe, which nobody uses any more.
    func destroy() {
        table.deinitialize(count: 1)
        lock.destroy()
        memory.deallocate()
    }

    /// Runs a closure with the table, while nobody else does.
    @inline(__always)
    func withTable<Result>(_ body: (inout EntryTable) -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return body(&table.pointee)
    }

    /// Runs a closure that may discard blocks, which are freed when the lock is released.
    ///
    /// - Parameter layout: the table's.
    @inline(__always)
    func withDiscarding<Value, Failure: Error>(
        _ layout: BlockLayout, _ body: (inout EntryTable, inout DiscardedBlocks) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        var discarded = DiscardedBlocks()
        lock.lock()
        let result = Result { () throws(Failure) in try body(&table.pointee, &discarded) }
        lock.unlock()
        discarded.free(layout)
        return try result.get()
    }
}
