/// Blocks that left a stripe, to be freed when its lock is released: freeing a value may take long, and its `deinit` may
/// call the cache.
struct DiscardedBlocks {
    private typealias Discarded = (block: UnsafeMutableRawPointer, holdsValue: Bool)

    // The first has a place of its own, because there seldom is a second, and an array is an allocation.
    private var first: Discarded?
    private var others: [Discarded] = []

    /// Takes over a block.
    mutating func add(_ block: UnsafeMutableRawPointer, holdsValue: Bool) {
        if first == nil { first = (block, holdsValue) } else { others.append((block, holdsValue)) }
    }

    /// Frees all of them; to be called once, without the lock.
    func free(_ layout: BlockLayout) {
        guard let first else { return }
        layout.free(first.block, holdsValue: first.holdsValue)
        for discarded in others { layout.free(discarded.block, holdsValue: discarded.holdsValue) }
    }
}
