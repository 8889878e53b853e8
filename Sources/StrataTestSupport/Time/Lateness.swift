/// By how much calls missed the times by which they should have been answered, beside plain timers on the same machine.
public struct Lateness: Sendable, CustomStringConvertible {
    private var calls: [Duration] = []
    private var timers: [Duration] = []

    public init() {}

    /// Makes a call that should take this long, and notes how late it was, and how late a timer that was set beside it.
    public mutating func measure(allowed: Duration, _ call: @escaping @Sendable () async -> Void) async {
        let due = ContinuousClock.now + allowed
        async let timer: Duration = {
            try? await Task.sleep(until: due, tolerance: .zero)
            return .now - due
        }()
        await call()
        calls.append(.now - due)
        timers.append(await timer)
    }

    /// How late the calls were in the middle; negative when they were early.
    public var median: Duration { Lateness.median(of: calls) }
    /// How late the latest one was.
    public var worst: Duration { calls.max() ?? .zero }

    /// Whether the calls in the middle were late by 10 ms at most: on a machine that wakes timers up late, by so many times
    /// more as a call takes hops between threads. One may well be early, as when a connection that stalls is given up.
    public var isTimely: Bool { median < .milliseconds(10) + Lateness.median(of: timers) * 10 }

    public var description: String {
        "\(calls.count) calls, median \(median) late, worst \(worst) late, timers \(Lateness.median(of: timers)) late"
    }

    private static func median(of samples: [Duration]) -> Duration {
        samples.isEmpty ? .zero : samples.sorted()[samples.count / 2]
    }
}
