import Synchronization

/// The threads that read a cache without its locks, and the way to find out that none of them still sees what was taken
/// out of it.
///
/// A reader marks its slot before it looks and clears it afterwards. What was taken out of the tables may be freed when
/// every slot that was marked then has been cleared once: a reading that begins later can't find it.
///
/// Source: Fraser, "Practical lock-freedom", 2004, on epoch-based reclamation.
final class Readers: Sendable {
    private let stripes: Int
    private let recentCount: Int
    // Safe to share: the pointer never changes, and what it points to are atomics. A slot's address by its thread's number,
    // 0 until that thread reads; written by that thread alone.
    private nonisolated(unsafe) let slots: UnsafeMutablePointer<Atomic<UInt>>
    /// All slots have numbers below.
    private let end = Atomic<Int>(0)

    /// - Parameters:
    ///   - stripes: how many the cache has.
    ///   - recentCount: how many keys each reader remembers as recently used.
    init(stripes: Int, recentCount: Int) {
        self.stripes = stripes
        self.recentCount = recentCount
        slots = .allocate(capacity: ThreadNumber.limit)
        for number in 0..<ThreadNumber.limit { (slots + number).initialize(to: Atomic(0)) }
    }

    deinit {
        for number in 0..<ThreadNumber.limit { slot(number)?.destroy() }
        slots.deinitialize(count: ThreadNumber.limit)
        slots.deallocate()
    }

    /// This thread's slot; nil when there are too many threads for each to have one.
    @inline(__always)
    var own: ReaderSlot? {
        let number = ThreadNumber.current
        guard number >= 0 else { return nil }
        return ReaderSlot(address: slots[number].load(ordering: .relaxed)) ?? make(number)
    }

    /// This thread's slot; nil when it has none so far.
    @inline(__always)
    var known: ReaderSlot? {
        let number = ThreadNumber.known
        guard number >= 0 else { return nil }
        return ReaderSlot(address: slots[number].load(ordering: .relaxed))
    }

    /// Makes the slot of the thread with a number, which has none yet.
    @inline(never)
    func make(_ number: Int) -> ReaderSlot {
        let slot = ReaderSlot.make(stripes: stripes, recentCount: recentCount)
        slots[number].store(slot.address, ordering: .releasing)
        end.max(number + 1, ordering: .sequentiallyConsistent)
        return slot
    }

    private func slot(_ number: Int) -> ReaderSlot? {
        ReaderSlot(address: slots[number].load(ordering: .acquiring))
    }

    /// Hits that were answered without a lock.
    var hits: Int { sum(\.hits) }

    /// Misses that were answered without a lock.
    var misses: Int { sum(\.misses) }

    private func sum(_ count: (ReaderSlot) -> Int) -> Int {
        (0..<end.load(ordering: .acquiring)).reduce(0) { sum, number in sum + (slot(number).map(count) ?? 0) }
    }

    /// Waits until no reader sees what was taken out of the tables before the call. To be called without a lock, and not by
    /// a thread that reads. It takes as long as the readings that are under way.
    func waitForReadings() {
        // Between what was taken out and a look at the marks, as each reader has one between its mark and its look.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        for number in 0..<end.load(ordering: .sequentiallyConsistent) {
            slot(number)?.waitForReading()
        }
    }
}
