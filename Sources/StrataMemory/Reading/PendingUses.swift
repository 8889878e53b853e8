/// Hits of one thread in one stripe that the stripe's eviction order has not been told of yet, in the order in which they
/// came.
///
/// Telling it takes the stripe's lock, and touches the nodes of the entry and its neighbours, wherever in memory they are.
/// For many hits at once that is one lock, and fetching one node overlaps with fetching the others. Whatever else the
/// thread does to the stripe tells of the hits first, so that with one thread the order is exact.
///
/// Source: Ding, Jiang and Zhang, "BP-Wrapper: A System Framework Making Any Replacement Algorithms (Almost) Lock
/// Contention Free", ICDE 2009.
struct PendingUses {
    /// A hit.
    struct Use {
        let cell: CellIndex
        /// What was in the cell, because something else may be when the order is told.
        private let mark: UInt32

        @inline(__always)
        init(_ cell: CellIndex, _ block: BlockReference) {
            self.cell = cell
            mark = block.mark
        }

        /// Whether a block is the one that was hit, or one that differs in nothing but the upper part of its address.
        @inline(__always)
        func isOf(_ block: BlockReference) -> Bool { !block.isNone && block.mark == mark }
    }

    /// How many hits can wait.
    static let limit = 31
    /// From how many on the order is told when nobody else uses the stripe.
    private static let tellingCount = 15
    /// How far apart those of two stripes are, in bytes: whole cache lines.
    static let stride = 256

    // Safe to share: used by one thread alone.
    private nonisolated(unsafe) let memory: UnsafeMutableRawPointer

    @inline(__always)
    init(at memory: UnsafeMutableRawPointer) {
        self.memory = memory
    }

    func initialize() {
        memory.bindMemory(to: Int.self, capacity: 1).initialize(to: 0)
        (memory + MemoryLayout<Use>.stride).bindMemory(to: Use.self, capacity: PendingUses.limit)
    }

    /// How many hits wait.
    @inline(__always)
    var count: Int {
        get { memory.assumingMemoryBound(to: Int.self).pointee }
        nonmutating set { memory.assumingMemoryBound(to: Int.self).pointee = newValue }
    }

    /// Whether none can be added.
    var isFull: Bool { @inline(__always) get { count == PendingUses.limit } }

    /// Whether it is time to tell of them.
    var isDue: Bool { @inline(__always) get { count >= PendingUses.tellingCount } }

    /// The hits.
    var uses: UnsafeMutablePointer<Use> {
        @inline(__always) get { (memory + MemoryLayout<Use>.stride).assumingMemoryBound(to: Use.self) }
    }

    /// Adds a hit, for which there is room.
    ///
    /// - Parameter isNews: whether it is to be told of. What is not is overwritten by the next, because a branch on this would
    ///   be guessed wrong too often.
    @inline(__always)
    func add(_ cell: CellIndex, _ block: BlockReference, isNews: Bool = true) {
        let count = count
        assert(count < PendingUses.limit)
        (uses + count).initialize(to: Use(cell, block))
        self.count = count &+ (isNews ? 1 : 0)
    }
}
