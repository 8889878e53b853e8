#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Where the levels read the time: the kernel's coarse monotonic clock, or a test's own.
///
/// The kernel's clock is read at each use and never cached by a thread of ours: a process that was stopped and goes on
/// must see at once how late it is.
public struct TimeSource: Sendable {
    /// The kernel's coarse monotonic clock: a resolution of 1 to 4 ms, and the cheapest to read (6 ns measured).
    public static let system = TimeSource(reading: nil)

    private let reading: (@Sendable () -> Timestamp)?

    private init(reading: (@Sendable () -> Timestamp)?) {
        self.reading = reading
    }

    /// A time source of a test: every read calls the closure.
    public init(_ reading: @escaping @Sendable () -> Timestamp) {
        self.reading = reading
    }

    /// The current time.
    public var now: Timestamp {
        if let reading { return reading() }
        #if os(Linux)
        let clock = CLOCK_MONOTONIC_COARSE
        #else
        let clock = CLOCK_MONOTONIC_RAW_APPROX
        #endif
        var time = timespec()
        clock_gettime(clock, &time)
        return Timestamp(nanoseconds: UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec))
    }
}
