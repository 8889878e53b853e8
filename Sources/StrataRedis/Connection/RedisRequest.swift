import StrataCore
import Synchronization

/// Commands of one caller that go out together, and what came of them.
///
/// `@unchecked Sendable`: until it is submitted only the caller touches it, then only the lane's event loop does, and once
/// the wait is over only the caller again; the lane's inbox and `events` hand it over.
final class RedisRequest: @unchecked Sendable {
    enum Commands {
        /// What most requests have, and without an array.
        case one(RedisCommand)
        /// At least one.
        case several([RedisCommand])
    }

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
        /// Unsafe, because the checked one allocates an object for each request; that it is resumed once is seen to by
        /// `endWait` and `wake`, which take it away.
        case task(UnsafeContinuation<Void, Never>)
        /// A task that was woken before the end, and waits again or is about to.
        case wokenTask
        case callback((RedisRequest) -> Void)
    }

    /// What the event loop and a woken task tell each other, in any order.
    private struct Events: OptionSet {
        let rawValue: UInt8
        /// The outcome is there.
        static let isOver = Events(rawValue: 1)
        /// The task waits again.
        static let waitsAgain = Events(rawValue: 2)
    }

    let commands: Commands
    let deadline: RedisInstant
    /// The circuit's leave; nil where there is none.
    let ticket: CircuitBreaker.Ticket?
    /// The caller had given up before the submission.
    @exclusivity(unchecked) var isCancelled = false
    /// When the event loop has seen it.
    @exclusivity(unchecked) var submitted = RedisInstant.distantPast
    /// Whether somebody waits. A request nobody waits for keeps its place on the connection, and its replies are dropped.
    @exclusivity(unchecked) private(set) var isWaitedFor = false
    /// Whether a task waits that does not hear of its cancellation, as until it is woken.
    @exclusivity(unchecked) private(set) var isDeaf = false
    @exclusivity(unchecked) private var waiter = Waiter.nobody
    @exclusivity(unchecked) private var outcome = Outcome.none
    /// Where a woken task waits; it writes this before it says so in `events`.
    private var wokenTask: UnsafeContinuation<Void, Never>?
    /// That the outcome is there a continuation says as well, but where it is resumed before its task has gone to sleep the
    /// thread sanitizer does not see that.
    private let events = Atomic<UInt8>(0)

    init(_ command: RedisCommand, deadline: ContinuousClock.Instant, ticket: CircuitBreaker.Ticket? = nil) {
        commands = .one(command)
        self.deadline = RedisInstant(deadline)
        self.ticket = ticket
    }

    /// - Parameter commands: at least one.
    init(_ commands: [RedisCommand], deadline: ContinuousClock.Instant, ticket: CircuitBreaker.Ticket? = nil) {
        self.commands = .several(commands)
        self.deadline = RedisInstant(deadline)
        self.ticket = ticket
        outcome = .replies([])
    }

    var commandCount: Int {
        switch commands {
        case .one: 1
        case .several(let commands): commands.count
        }
    }

    /// How many bytes it takes on the wire, at most.
    var encodedLength: Int {
        switch commands {
        case .one(let command): command.encodedLength
        case .several(let commands): commands.reduce(0) { $0 + $1.encodedLength }
        }
    }

    /// Whether the wait is over.
    var isOver: Bool { Events(rawValue: events.load(ordering: .acquiring)).contains(.isOver) }

    /// Says that a task waits, which does not hear of its cancellation; before submission.
    func attach(_ continuation: UnsafeContinuation<Void, Never>) {
        waiter = .task(continuation)
        isWaitedFor = true
        isDeaf = true
    }

    /// Says what the event loop is to call when the wait is over; before submission.
    func attach(_ callback: @escaping (RedisRequest) -> Void) {
        waiter = .callback(callback)
        isWaitedFor = true
    }

    /// Wakes a deaf task, so that it waits on with an ear for its cancellation.
    func wake() {
        guard case .task(let continuation) = waiter else { return }
        waiter = .wokenTask
        isDeaf = false
        continuation.resume()
    }

    /// Whether a task waits that hears of its cancellation, or is about to.
    var isWoken: Bool {
        if case .wokenTask = waiter { true } else { false }
    }

    /// Says that a woken task waits again. From any thread.
    func waitAgain(_ continuation: UnsafeContinuation<Void, Never>) {
        wokenTask = continuation
        if add(.waitsAgain).contains(.isOver) { continuation.resume() }
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
        (isWaitedFor, isDeaf) = (false, false)
        if case .wokenTask = waiter {
            if add(.isOver).contains(.waitsAgain) { wokenTask?.resume() }
            return
        }
        // Nobody else tells anything yet.
        events.store(Events.isOver.rawValue, ordering: .releasing)
        switch waiter {
        case .nobody, .wokenTask: preconditionFailure("a wait of nobody")
        case .task(let continuation): continuation.resume()
        case .callback(let callback): callback(self)
        }
    }

    /// - Returns: the events before.
    private func add(_ event: Events) -> Events {
        Events(rawValue: events.bitwiseOr(event.rawValue, ordering: .acquiringAndReleasing).oldValue)
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
        precondition(isOver, "the outcome of a request is taken while it is waited for")
        return outcome
    }
}
