import Synchronization

/// How far a phase is, written by the lanes and read by whoever shows it.
package final class Progress: Sendable {
    /// How many operations the phase has.
    package let total: Int
    private let count = Atomic<Int>(0)

    package init(total: Int) {
        self.total = total
    }

    /// How many operations have ended.
    package var completed: Int { count.load(ordering: .relaxed) }

    /// Notes that operations ended.
    package func add(_ operations: Int) {
        count.add(operations, ordering: .relaxed)
    }
}
