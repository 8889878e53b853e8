import NIOConcurrencyHelpers
import NIOCore
import StrataCore

/// Runs one piece of work whenever it is asked for, never twice at a time and not more often than at a set distance.
///
/// Requests while it runs lead to one more run after it: what it found may be older than the reason for asking.
final class RedisRefresher: Sendable {
    private struct State {
        var task: Task<Void, Never>?
        var timer: Scheduled<Void>?
        var isWantedAgain = false
        var lastStart: ContinuousClock.Instant?
        var isClosed = false
        /// Those who wait for the end of a run.
        var waiters: [EventLoopPromise<Void>] = []
    }

    private let eventLoop: any EventLoop
    private let distance: Duration
    private let work: @Sendable () async -> Void
    private let state = NIOLockedValueBox(State())

    /// - Parameters:
    ///   - eventLoop: for timers.
    ///   - distance: from the start of one run to that of the next, at least.
    init(eventLoop: any EventLoop, distance: Duration, _ work: @escaping @Sendable () async -> Void) {
        self.eventLoop = eventLoop
        self.distance = distance
        self.work = work
    }

    /// Asks for a run that starts after this call.
    func trigger() {
        state.withLockedValue { start(&$0) }
    }

    /// Asks for a run and waits for the end of one, or for the deadline.
    func run(until deadline: ContinuousClock.Instant) async {
        let promise = eventLoop.makePromise(of: Void.self)
        let isOpen = state.withLockedValue { state in
            guard !state.isClosed else { return false }
            state.waiters.append(promise)
            start(&state)
            return true
        }
        guard isOpen else { return promise.succeed() }
        let timer = eventLoop.scheduleTask(in: TimeAmount(max(.zero, deadline - .now))) { promise.succeed() }
        try? await promise.futureResult.get()
        timer.cancel()
    }

    /// What to do after a request failed on a server for which the work may find another one.
    ///
    /// - Parameter isReplaced: whether it has.
    func verdict(after error: StrataError, isReplaced: @autoclosure () -> Bool) -> RedisVerdict {
        switch error.code {
        case .shutdown:
            // It was let go while the request was on its way to it; nothing was sent.
            return isReplaced() ? .again : .final
        case .unavailable, .timeout:
            trigger()
            return .final
        default: return .final
        }
    }

    /// Ends what runs, and runs nothing more.
    func close() async {
        let task = state.withLockedValue { state in
            state.isClosed = true
            state.timer?.cancel()
            state.task?.cancel()
            return state.task
        }
        await task?.value
        for waiter in state.withLockedValue({ state in
            defer { state.waiters = [] }
            return state.waiters
        }) { waiter.succeed() }
    }

    private func start(_ state: inout State) {
        guard !state.isClosed, state.timer == nil else { return }
        guard state.task == nil else {
            state.isWantedAgain = true
            return
        }
        let now = ContinuousClock.now
        let due = state.lastStart.map { $0 + distance } ?? now
        guard due <= now else {
            state.timer = eventLoop.scheduleTask(in: TimeAmount(due - now)) { [weak self] in
                self?.state.withLockedValue { state in
                    state.timer = nil
                    self?.start(&state)
                }
            }
            return
        }
        state.lastStart = now
        // Owned by the state: `close()` cancels it and awaits its end.
        state.task = Task { [weak self, work] in
            await work()
            self?.ended()
        }
    }

    private func ended() {
        let waiters = state.withLockedValue { state in
            state.task = nil
            if state.isWantedAgain {
                state.isWantedAgain = false
                start(&state)
            }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.succeed() }
    }
}
