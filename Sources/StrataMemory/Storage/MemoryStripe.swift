import Synchronization

/// A part of a cache under one lock: a table and its mutex in memory of their own, on cache lines that no other stripe uses.
struct MemoryStripe {
    static let alignment = 128
    private static let lineSize = 64
    private static let tableOffset = lineSize + (StripeLock.size + lineSize - 1) & ~(lineSize - 1)
    /// How much memory a stripe takes, in bytes.
    static let size = (tableOffset + MemoryLayout<EntryTable>.stride + alignment - 1) & ~(alignment - 1)

    /// The number of the stripe in its cache.
    let number: Int
    /// First the table's view, for readers without the lock, in a line of its own because it seldom changes; then the lock,
    /// and what it guards.
    private let memory: UnsafeMutableRawPointer

    /// The stripe of a number.
    ///
    /// - Parameter start: where the stripes are.
    @inline(__always)
    init(_ number: Int, in start: UnsafeMutableRawPointer) {
        self.number = number
        memory = start + number &* MemoryStripe.size
    }

    /// Sets the stripe up.
    func initialize(_ table: consuming EntryTable) {
        memory.bindMemory(to: Atomic<UInt>.self, capacity: 1).initialize(to: Atomic(UInt(bitPattern: table.view)))
        lock.initialize()
        (memory + MemoryStripe.tableOffset).bindMemory(to: EntryTable.self, capacity: 1).initialize(to: table)
    }

    /// Ends the stripe, which nobody uses any more.
    func deinitialize() {
        table.deinitialize(count: 1)
        currentView.deinitialize(count: 1)
        lock.destroy()
    }

    var lock: StripeLock { @inline(__always) get { StripeLock(at: memory + MemoryStripe.lineSize) } }

    /// Guarded by `lock`.
    var table: UnsafeMutablePointer<EntryTable> {
        @inline(__always) get { (memory + MemoryStripe.tableOffset).assumingMemoryBound(to: EntryTable.self) }
    }

    private var currentView: UnsafeMutablePointer<Atomic<UInt>> {
        @inline(__always) get { memory.assumingMemoryBound(to: Atomic<UInt>.self) }
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

/// The stripes of a cache, one after the other in memory, so that the way to one is a multiplication.
struct MemoryStripes: RandomAccessCollection {
    let count: Int
    private let start: UnsafeMutableRawPointer

    /// Stripes that are to be initialized.
    init(count: Int) {
        self.count = count
        start = .allocate(byteCount: count * MemoryStripe.size, alignment: MemoryStripe.alignment)
    }

    /// Ends the stripes, which nobody uses any more.
    func destroy() {
        for stripe in self { stripe.deinitialize() }
        start.deallocate()
    }

    var startIndex: Int { 0 }
    var endIndex: Int { count }

    subscript(number: Int) -> MemoryStripe {
        @inline(__always) get { MemoryStripe(number, in: start) }
    }
}
