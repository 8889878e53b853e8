import CStrataThreads
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What a cache keeps for one thread that reads it: whether the thread is reading now, its hits, and which of them the
/// eviction orders have not been told of.
///
/// Only its thread changes it, so that a hit writes to no cache line that another core writes to.
struct ReaderSlot {
    private static let alignment = 128
    /// How often a thread that waits for a reading looks before it lets others run.
    private static let pauses = 64

    private struct State: ~Copyable {
        /// Odd while the thread reads.
        let sequence = Atomic<UInt64>(0)
        let hits = Atomic<Int>(0)
        let misses = Atomic<Int>(0)
    }

    // Safe to share: the atomics are for everybody, all else is used by the slot's thread alone.
    private nonisolated(unsafe) let state: UnsafeMutablePointer<State>

    /// The address of a slot, by which it is known to other threads.
    var address: UInt { UInt(bitPattern: state) }

    init?(address: UInt) {
        guard let state = UnsafeMutablePointer<State>(bitPattern: address) else { return nil }
        self.state = state
    }

    /// A slot for a cache of this many stripes.
    ///
    /// - Parameter recentCount: for how many keys `RecentUses` has room.
    static func make(stripes: Int, recentCount: Int) -> ReaderSlot {
        let pendingEnd = alignment + stripes * PendingUses.stride
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: pendingEnd + RecentUses.size(recentCount), alignment: alignment)
        let state = memory.bindMemory(to: State.self, capacity: 1)
        state.initialize(to: State())
        let slot = ReaderSlot(address: UInt(bitPattern: state))!
        slot.recentUses(stripes: stripes, mask: recentCount - 1).initialize()
        for stripe in 0..<stripes { slot.pending(stripe).initialize() }
        return slot
    }

    /// Frees the slot, which nobody uses any more.
    func destroy() {
        state.deinitialize(count: 1)
        UnsafeMutableRawPointer(state).deallocate()
    }

    /// Hits of the slot's thread, and of threads before it that had its number.
    var hits: Int { state.pointee.hits.load(ordering: .relaxed) }

    /// The same of misses.
    var misses: Int { state.pointee.misses.load(ordering: .relaxed) }

    /// Begins to read: what is found in a table from now on stays valid until `leave()`.
    @inline(__always)
    func enter() {
        let sequence = state.pointee.sequence.load(ordering: .relaxed)
        precondition(sequence & 1 == 0, "a value is being read in place, and its reader may not call the cache")
        state.pointee.sequence.store(sequence &+ 1, ordering: .relaxed)
        // The mark has to be visible before anything is read; the other half is in `waitForReadings`.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
    }

    @inline(__always)
    func leave() {
        let sequence = state.pointee.sequence.load(ordering: .relaxed)
        state.pointee.sequence.store(sequence &+ 1, ordering: .releasing)
    }

    @inline(__always)
    func countHit() {
        let hits = state.pointee.hits.load(ordering: .relaxed)
        state.pointee.hits.store(hits &+ 1, ordering: .relaxed)
    }

    @inline(__always)
    func countMiss() {
        let misses = state.pointee.misses.load(ordering: .relaxed)
        state.pointee.misses.store(misses &+ 1, ordering: .relaxed)
    }

    /// Waits until the thread is not in a reading that has begun before.
    func waitForReading() {
        let sequence = state.pointee.sequence.load(ordering: .acquiring)
        guard sequence & 1 == 1 else { return }
        // A reading takes less than a microsecond, unless its thread was interrupted.
        for _ in 0..<ReaderSlot.pauses {
            strata_pause()
            if state.pointee.sequence.load(ordering: .acquiring) != sequence { return }
        }
        while state.pointee.sequence.load(ordering: .acquiring) == sequence { sched_yield() }
    }

    /// The hits in a stripe that its eviction order does not know of.
    @inline(__always)
    func pending(_ stripe: Int) -> PendingUses {
        PendingUses(at: UnsafeMutableRawPointer(state) + ReaderSlot.alignment + stripe &* PendingUses.stride)
    }

    /// The keys whose hits are no news; behind what is pending in the stripes.
    ///
    /// - Parameters:
    ///   - stripes: how many there are.
    ///   - mask: one less than for how many keys there is room.
    @inline(__always)
    func recentUses(stripes: Int, mask: Int) -> RecentUses {
        RecentUses(
            at: UnsafeMutableRawPointer(state) + ReaderSlot.alignment + stripes &* PendingUses.stride, mask: mask)
    }
}
