import Dispatch
import Foundation
import NIOConcurrencyHelpers

/// The thread that answers late requests with `timeout`, whatever the disk does to the thread that serves them.
///
/// It sleeps until the earliest deadline of all lanes that it was told of. Most requests are done by then, and the lanes
/// say when the next deadline is, so it wakes about once per length of a deadline rather than once per request.
final class DeadlineWatch: Sendable {
    private struct State {
        var lanes: [any WatchedLane] = []
        var earliest: ContinuousClock.Instant?
        var isClosed = false
    }

    private let state = NIOLockedValueBox(State())
    private let wake = DispatchSemaphore(value: 0)

    /// Watches a lane from now on.
    func add(_ lane: any WatchedLane) {
        state.withLockedValue { $0.lanes.append(lane) }
    }

    /// Starts the thread.
    func start(name: String) {
        let thread = Thread { [self] in
            while waitForDeadline() {
                let lanes = state.withLockedValue { state in
                    state.earliest = nil
                    return state.lanes
                }
                let now = ContinuousClock.now
                for lane in lanes {
                    if let next = lane.failOverdue(at: now) { notice(next, wakes: false) }
                }
            }
        }
        thread.name = name
        thread.stackSize = 256 << 10
        thread.start()
    }

    /// A request with this deadline waits, earlier than all of its lane's.
    func notice(_ deadline: ContinuousClock.Instant) {
        notice(deadline, wakes: true)
    }

    /// Ends the thread.
    func close() {
        state.withLockedValue { state in
            state.isClosed = true
            state.lanes = []
        }
        wake.signal()
    }

    private func notice(_ deadline: ContinuousClock.Instant, wakes: Bool) {
        let isEarlier = state.withLockedValue { state in
            guard state.earliest.map({ deadline < $0 }) ?? true else { return false }
            state.earliest = deadline
            return true
        }
        if isEarlier, wakes { wake.signal() }
    }

    /// Sleeps until the earliest deadline has come; false when the watch was closed.
    private func waitForDeadline() -> Bool {
        while true {
            let (earliest, isClosed) = state.withLockedValue { ($0.earliest, $0.isClosed) }
            if isClosed { return false }
            guard let earliest else {
                wake.wait()
                continue
            }
            let rest = ContinuousClock.now.duration(to: earliest)
            if rest <= .zero { return true }
            let nanoseconds = rest >= .seconds(3600) ? 3_600_000_000_000 : Int(rest / .nanoseconds(1))
            _ = wake.wait(timeout: .now() + .nanoseconds(max(1, nanoseconds)))
        }
    }
}
