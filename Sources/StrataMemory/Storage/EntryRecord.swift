import Synchronization

/// An entry's place in the key index: 16 bytes, so that four fill a cache line.
///
/// Changed under the stripe's lock, and read without it: a reader may find a link that leads elsewhere or a cell that is
/// used for another key by now, and relies on nothing but the key in the block.
///
/// Invariant: `block` is none in a vacant cell, and `next` then is the next vacant one.
struct EntryRecord: ~Copyable {
    private let nextCell = Atomic<CellIndex>(-1)
    private let keyHash = Atomic<UInt32>(0)
    private let blockWord = Atomic<UInt64>(0)

    /// The next entry with the same address in the key index; -1 for none.
    var next: CellIndex {
        @inline(__always) get { nextCell.load(ordering: .acquiring) }
        nonmutating set { nextCell.store(newValue, ordering: .releasing) }
    }

    /// The hash of the key, as the index has it.
    var hash: UInt32 {
        @inline(__always) get { keyHash.load(ordering: .relaxed) }
        nonmutating set { keyHash.store(newValue, ordering: .relaxed) }
    }

    /// The key and the content, with what is known of them.
    var block: BlockReference {
        @inline(__always) get { BlockReference(word: blockWord.load(ordering: .acquiring)) }
        nonmutating set { blockWord.store(newValue.word, ordering: .releasing) }
    }
}
