import Synchronization

/// A part of a cache under one lock: a table and its mutex in memory of their own, on cache lines that no other stripe uses.
struct MemoryStripe {
    private static let alignment = 128

    /// The number of the stripe in its cache.
    let number: Int
    let lock: StripeLock
    /// Guarded by `lock`.
    let table: UnsafeMutablePointer<EntryTable>
    /// The table's view, for readers without the lock. In a line of its own, because it seldom changes.
    private let currentView: UnsafeMutablePointer<Atomic<UInt>>
    private let memory: UnsafeMutableRawPointer

    init(_ number: Int, _ table: consuming EntryTable) {
        self.number = number
        let tableOffset = 64 + ((StripeLock.size + 63) & ~63)
        memory = .allocate(
            byteCount: tableOffset + MemoryLayout<EntryTable>.stride, alignment: MemoryStripe.alignment)
        currentView = memory.bindMemory(to: Atomic<UInt>.self, capacity: 1)
        currentView.initialize(to: Atomic(UInt(bitPattern: table.view)))
        lock = StripeLock(at: memory + 64)
        self.table = (memory + tableOffset).bindMemory(to: EntryTable.self, capacity: 1)
        self.table.initialize(to: table)
    }

    /// Frees the stripe, which nobody uses any more.
    func destroy() {
        table.deinitialize(count: 1)
        currentView.deinitialize(count: 1)
        lock.destroy()
        memory.deallocate()
    }

    /// What a reader without the lock sees, for as long as its slot is marked.
    var view: UnsafePointer<LookupView> {
        @inline(__always) get {
            UnsafePointer(bitPattern: currentView.pointee.load(ordering: .acquiring)).unsafelyUnwrapped
        }
    }

    /// Puts another table in place of the stripe's; to be called with the lock.
    func exchange(_ other: inout EntryTable) {
        swap(&table.pointee, &other)
        currentView.pointee.store(UInt(bitPattern: table.pointee.view), ordering: .releasing)
    }

    /// Runs a closure with the table, while nobody else does.
    @inline(__always)
    func withTable<Result>(_ body: (inout EntryTable) -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return body(&table.pointee)
    }
}
