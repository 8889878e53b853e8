import StrataCore
import Synchronization

/// Commands of one caller that go out together, and what came of them.
///
/// `@unchecked Sendable`: until it is submitted only the caller touches it, then only the lane's event loop does, and once
/// the wait is over only the caller again; the lane's inbox and `isOver` hand it over. `isCancelled` is written on
/// the event loop alone, also before the submission.
final class RedisRequest: @unchecked Sendable {
    private enum Outcome {
        case none
        case reply(RedisReply)
        case replies([RedisReply])
        indirect case failure(StrataError)
    }

    /// Who waits for the outcome, and finds it in the request: a continuation that carried it would copy it several times,
    /// by functions that do not know its type.
    private enum Waiter {
        case nobody
        case task(CheckedContinuation<Void, Never>)
        case callback((RedisRequest) -> Void)
    }

    /// The first command, and mostly the only one: so it needs no array.
    let first: RedisCommand
    let others: ArraySlice<RedisCommand>
    let deadline: ContinuousClock.Instant
    /// The circuit's leave; nil where there is none.
    let ticket: CircuitBreaker.Ticket?
    /// The caller gave up; set before submission when cancellation overtakes it.
    @exclusivity(unchecked) var isCancelled = false
    /// The event loop has seen it.
    @exclusivity(unchecked) var isSubmitted = false
    /// Whether somebody waits. A request nobody waits for keeps its place on the connection, and its replies are dropped.
    @exclusivity(unchecked) private(set) var isWaitedFor = false
    @exclusivity(unchecked) private var waiter = Waiter.nobody
    @exclusivity(unchecked) private var outcome = Outcome.none
    /// Whether the outcome is there. The continuation says so as well, but where it is resumed before its task has gone to
    /// sleep the thread sanitizer does not see that.
    private let isOver = Atomic(false)

    init(_ command: RedisCommand, deadline: ContinuousClock.Instant, ticket: CircuitBreaker.Ticket? = nil) {
        first = command
        others = []
        self.deadline = deadline
        self.ticket = ticket
    }

    /// - Parameter commands: at least one.
    init(_ commands: [RedisCommand], deadline: ContinuousClock.Instant, ticket: CircuitBreaker.Ticket? = nil) {
        first = commands[0]
        others = commands.dropFirst()
        self.deadline = deadline
        self.ticket = ticket
        outcome = .replies([])
    }

    var commandCount: Int { 1 + others.count }

    /// How many bytes it takes on the wire, at most.
    var encodedLength: Int { others.reduce(first.encodedLength) { $0 + $1.encodedLength } }

    /// Says that a task waits; before submission.
    func attach(_ continuation: CheckedContinuation<Void, Never>) {
        waiter = .task(continuation)
        isWaitedFor = true
    }

    /// Says what the event loop is to call when the wait is over; before submission.
    func attach(_ callback: @escaping (RedisRequest) -> Void) {
        waiter = .callback(callback)
        isWaitedFor = true
    }

    /// Takes the next reply; the last one ends the wait.
    func receive(_ reply: RedisReply, isLast: Bool) {
        guard isWaitedFor else { return }
        if case .replies(var replies) = outcome {
            outcome = .none
            replies.append(reply)
            outcome = .replies(replies)
        } else {
            outcome = .reply(reply)
        }
        if isLast { endWait() }
    }

    /// Ends the wait with an error, unless it is over already.
    func fail(_ error: StrataError) {
        guard isWaitedFor else { return }
        outcome = .failure(error)
        endWait()
    }

    private func endWait() {
        let waiter = waiter
        self.waiter = .nobody
        isWaitedFor = false
        isOver.store(true, ordering: .releasing)
        switch waiter {
        case .nobody: preconditionFailure("a wait of nobody")
        case .task(let continuation): continuation.resume()
        case .callback(let callback): callback(self)
        }
    }

    /// The reply to the only command, once the wait is over.
    func takeReply() throws(StrataError) -> RedisReply {
        switch takeOutcome() {
        case .reply(let reply): return reply
        case .failure(let error): throw error
        case .none, .replies: preconditionFailure("a wait that ended without a reply")
        }
    }

    /// The replies to several commands, once the wait is over.
    func takeReplies() throws(StrataError) -> [RedisReply] {
        switch takeOutcome() {
        case .replies(let replies): return replies
        case .failure(let error): throw error
        case .none, .reply: preconditionFailure("a wait that ended without replies")
        }
    }

    private func takeOutcome() -> Outcome {
        precondition(isOver.load(ordering: .acquiring), "the outcome of a request is taken while it is waited for")
        return outcome
    }
}
