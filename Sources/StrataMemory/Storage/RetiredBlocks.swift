/// Blocks that left a stripe and may still be read by threads that found them before: they are freed together, when there
/// are enough of them that finding out whether they are still read costs little for each.
///
/// Freeing waits for the lock's release in any case: it may take long, and the `deinit` of a value may call the cache.
struct RetiredBlocks {
    /// How many may wait.
    private static let countLimit = 48

    private(set) var blocks: [BlockReference] = []
    /// What they take of the process's memory.
    private(set) var bytes = 0
    private let bytesLimit: Int

    /// - Parameter bytesLimit: how many bytes may wait.
    init(bytesLimit: Int) {
        self.bytesLimit = bytesLimit
    }

    /// Takes over a block.
    ///
    /// - Parameter charge: what its entry was charged, so that nobody has to look at the block, which is no longer in any
    ///   processor's cache.
    mutating func add(_ block: BlockReference, charge: Int) {
        if blocks.isEmpty { blocks.reserveCapacity(RetiredBlocks.countLimit) }
        blocks.append(block)
        bytes += charge
    }

    /// Whether it is time to free them.
    var isFull: Bool { blocks.count >= RetiredBlocks.countLimit || bytes > bytesLimit }

    /// Hands all of them over.
    mutating func takeAll() -> [BlockReference] {
        bytes = 0
        let all = blocks
        blocks = []
        return all
    }
}
