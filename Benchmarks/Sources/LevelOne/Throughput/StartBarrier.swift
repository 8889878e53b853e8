import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Lets threads begin together: each waits until all have arrived.
final class StartBarrier: Sendable {
    private let missing: Atomic<Int>

    init(threads: Int) {
        missing = Atomic(threads)
    }

    func arrive() {
        missing.subtract(1, ordering: .acquiringAndReleasing)
        while missing.load(ordering: .acquiring) > 0 { sched_yield() }
    }
}
