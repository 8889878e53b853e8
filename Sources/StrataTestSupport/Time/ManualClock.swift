import NIOConcurrencyHelpers
public import StrataCore

/// A clock that stands still until a test moves it, as a `TimeSource` for the levels and as a `Clock` for what sleeps.
public final class ManualClock: Clock, Sendable {
    /// A point on the clock.
    public struct Instant: InstantProtocol {
        /// The same point as the levels see it.
        public let timestamp: Timestamp

        public init(_ timestamp: Timestamp) {
            self.timestamp = timestamp
        }

        public func advanced(by duration: Duration) -> Instant { Instant(timestamp.advanced(by: duration)) }
        public func duration(to other: Instant) -> Duration { timestamp.duration(to: other.timestamp) }
        public static func < (left: Instant, right: Instant) -> Bool { left.timestamp < right.timestamp }
    }

    private struct Sleeper {
        let deadline: Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now: Instant
        var sleepers: [Int: Sleeper] = [:]
        var nextSleeper = 0
    }

    private let state: NIOLockedValueBox<State>

    /// A clock that stands at a time.
    ///
    /// - Parameter start: an hour after the clock's beginning, so that tests can look back.
    public init(startingAt start: Timestamp = Timestamp(nanoseconds: 3_600_000_000_000)) {
        state = NIOLockedValueBox(State(now: Instant(start)))
    }

    public var now: Instant { state.withLockedValue { $0.now } }
    public var minimumResolution: Duration { .nanoseconds(1) }

    /// The clock for the levels.
    public var timeSource: TimeSource { TimeSource { self.now.timestamp } }

    /// How many tasks sleep on the clock: what a test awaits before it moves the clock.
    public var sleeperCount: Int { state.withLockedValue { $0.sleepers.count } }

    /// Moves the clock on and wakes the tasks whose time has come, the earliest first.
    ///
    /// - Parameter duration: not negative; else it traps.
    public func advance(by duration: Duration) {
        precondition(duration >= .zero, "a manual clock does not go back")
        let woken = state.withLockedValue { state in
            state.now = state.now.advanced(by: duration)
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for number in due.keys { state.sleepers[number] = nil }
            return due.sorted { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }
        }
        for (_, sleeper) in woken { sleeper.continuation.resume() }
    }

    public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        let number = state.withLockedValue { state in
            state.nextSleeper += 1
            return state.nextSleeper
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome: Result<Void, any Error>? = state.withLockedValue { state in
                    // Under the lock that `onCancel` takes: a cancellation is seen here, or finds the sleeper there.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if deadline <= state.now { return .success(()) }
                    state.sleepers[number] = Sleeper(deadline: deadline, continuation: continuation)
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let sleeper = state.withLockedValue { $0.sleepers.removeValue(forKey: number) }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}
