#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The clock by which entries expire: the time of day, because deadlines outlive the process; or a test's own.
package struct WallClock: Sendable {
    /// The kernel's clock.
    package static let system = WallClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Reads the clock, in milliseconds since 1970.
    package let milliseconds: @Sendable () -> Int64

    package init(_ milliseconds: @escaping @Sendable () -> Int64) {
        self.milliseconds = milliseconds
    }
}
