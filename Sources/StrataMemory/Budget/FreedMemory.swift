import CStrataMemory

/// Decides when memory that caches have freed goes back to the system.
///
/// What is freed is used again by the next entries, so that giving it back would only cost page faults while as much comes
/// as goes. But after very many entries have expired, been invalidated or been removed together, the process would keep
/// what it may not need for hours.
package struct FreedMemory: Sendable {
    /// The part of the highest level by which the level has to fall.
    private static let share = 8
    /// By how much it has to fall at least, in bytes.
    private static let minimum = 8 << 20

    /// The most that was held since memory was given back.
    private var highest = 0

    package init() {}

    /// Whether so much less is held than before that what was freed should be given back, which the caller does.
    ///
    /// - Parameter bytes: what all caches hold now.
    package mutating func isWorthGivingBack(held bytes: Int) -> Bool {
        guard highest - bytes >= max(FreedMemory.minimum, highest / FreedMemory.share) else {
            highest = max(highest, bytes)
            return false
        }
        highest = bytes
        return true
    }

    /// Gives free memory of the whole process back to the system, where its allocator can. Blocks, some milliseconds for
    /// 100 MiB; allocations of other threads wait for a part of that.
    package static func giveBack() {
        strata_give_back_free_memory()
    }
}
