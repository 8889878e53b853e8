import NIOConcurrencyHelpers
import StrataCore

/// Makes calls that may not end in time, and answers their callers at the deadline all the same.
///
/// Each call runs in a task of the manager's. One that was given up is cancelled and stays owned until it returns; when too
/// many have not returned, further calls are refused. One timer serves all calls: it sleeps until the earliest deadline.
final class BoundedCalls: Sendable {
    /// Answers a caller in place of its call.
    private typealias GiveUp = @Sendable (StrataError) -> Void

    private struct Call: Sendable {
        let part: String
        let giveUp: GiveUp
    }

    private struct State {
        var board: CallBoard<Call>
        var tickets: [CallBoard<Call>.Identifier: LoadTasks.Ticket] = [:]
        /// The timer, and when it looks next.
        var timer: (at: ContinuousClock.Instant, number: UInt64)?
        var nextTimer: UInt64 = 0
    }

    private let state: NIOLockedValueBox<State>
    private let tasks: LoadTasks
    private let limit: Int

    /// - Parameters:
    ///   - tasks: the owner of the calls.
    ///   - limit: how many calls may be unfinished after their callers were answered.
    init(tasks: LoadTasks, limit: Int) {
        self.tasks = tasks
        self.limit = limit
        state = NIOLockedValueBox(State(board: CallBoard(limit: limit)))
    }

    /// How many calls were given up and have not returned.
    var abandonedCount: Int { state.withLockedValue { $0.board.abandonedCount } }

    /// Makes a call, and answers when it returns, at the deadline, or when the caller's task is cancelled.
    ///
    /// - Parameters:
    ///   - part: what errors call the part that is called.
    ///   - body: the call. It is cancelled when it is given up.
    ///   - failure: the answer that stands for an error.
    func make<Output: Sendable>(
        _ part: String, by deadline: ContinuousClock.Instant, _ body: @escaping @Sendable () async -> Output,
        failure: @escaping @Sendable (StrataError) -> Output
    ) async -> Output {
        let waiter = FlightWaiter<Output>(answers: [nil])
        let call = Call(part: part) { waiter.answer(0, with: .success(failure($0))) }
        guard let identifier = state.withLockedValue({ $0.board.begin(call, by: deadline) }) else {
            return failure(
                StrataError(
                    .overloaded,
                    "\(limit) calls that took too long have not returned; nothing is asked until some have",
                    origin: part))
        }
        let ticket = tasks.start { [self] in
            let output = await body()
            let isWaitedFor = state.withLockedValue { state in
                state.tickets[identifier] = nil
                return state.board.finish(identifier) != nil
            }
            if isWaitedFor { waiter.answer(0, with: .success(output)) }
        }
        guard let ticket else {
            state.withLockedValue { _ = $0.board.finish(identifier) }
            return failure(StrataError(.shutdown, "the cache manager was shut down", origin: part))
        }
        watch(identifier, ticket, until: deadline)
        let answers = await waiter.wait { [self] in
            abandon(identifier, .callerCancelled.at(part))
        }
        switch answers[0] {
        case .success(let output): return output
        case .failure(let error): return failure(StrataError(wrapping: error))
        }
    }

    private func abandon(_ identifier: CallBoard<Call>.Identifier, _ error: StrataError) {
        let (call, ticket) = state.withLockedValue { state in
            (state.board.abandon(identifier), state.tickets.removeValue(forKey: identifier))
        }
        call?.giveUp(error)
        if let ticket { tasks.cancel(ticket) }
    }

    // MARK: The timer

    private func watch(
        _ identifier: CallBoard<Call>.Identifier, _ ticket: LoadTasks.Ticket, until deadline: ContinuousClock.Instant
    ) {
        let (isOver, isEarliest) = state.withLockedValue { state in
            guard state.board.isWaitedFor(identifier) else { return (true, false) }
            state.tickets[identifier] = ticket
            return (false, state.timer.map { deadline < $0.at } ?? true)
        }
        // It has returned, or another call's timer found it overdue.
        if isOver { tasks.cancel(ticket) }
        if isEarliest { sleep(until: deadline) }
    }

    /// Starts a timer; one that sleeps for longer finds out when it wakes that it is not needed any more.
    private func sleep(until deadline: ContinuousClock.Instant) {
        let number = state.withLockedValue { state in
            state.nextTimer += 1
            state.timer = (deadline, state.nextTimer)
            return state.nextTimer
        }
        let ticket = tasks.start { [self] in
            var due: ContinuousClock.Instant? = deadline
            while let next = due {
                do {
                    try await Task.sleep(until: next, tolerance: .zero)
                } catch {
                    return giveUpAll()
                }
                due = answerOverdue(timer: number)
            }
        }
        if ticket == nil { giveUpAll() }
    }

    /// - Returns: when to look again; nil when this timer has nothing left to do.
    private func answerOverdue(timer number: UInt64) -> ContinuousClock.Instant? {
        let (overdue, tickets, next) = state.withLockedValue { state in
            let (overdue, next) = state.board.abandonOverdue(at: .now)
            let tickets = overdue.compactMap { state.tickets.removeValue(forKey: $0.identifier) }
            guard let timer = state.timer, timer.number == number else {
                return (overdue, tickets, nil as ContinuousClock.Instant?)
            }
            state.timer = next.map { ($0, number) }
            return (overdue, tickets, next)
        }
        for (_, call) in overdue {
            call.giveUp(StrataError(.timeout, "no answer within the time allowed", origin: call.part))
        }
        for ticket in tickets { tasks.cancel(ticket) }
        return next
    }

    /// Answers all callers at the shutdown, which cancels the calls themselves.
    private func giveUpAll() {
        let (calls, _) = state.withLockedValue { $0.board.abandonOverdue(at: .now + .seconds(1_000_000_000)) }
        for (_, call) in calls {
            call.giveUp(StrataError(.shutdown, "the cache manager was shut down", origin: call.part))
        }
    }
}
