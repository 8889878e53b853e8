import StrataCore

/// Commands of one caller that go out together, and where their replies go.
///
/// `@unchecked Sendable`: until it is submitted only the caller touches it, afterwards only the lane's event loop does; the
/// lane's inbox hands it over under a lock. `isCancelled` is written on the event loop alone, also before that.
final class RedisRequest: @unchecked Sendable {
    /// Who waits for the replies.
    enum Waiter {
        case one(CheckedContinuation<Result<RedisReply, StrataError>, Never>)
        case many(CheckedContinuation<Result<[RedisReply], StrataError>, Never>)
        /// The lane itself, which asks for the time.
        case lane((RedisReply) -> Void)
    }

    let commands: [RedisCommand]
    let deadline: ContinuousClock.Instant
    /// How many bytes it takes on the wire, at most.
    let encodedLength: Int
    /// The caller gave up; set before submission when cancellation overtakes it.
    var isCancelled = false
    /// The event loop has seen it.
    var isSubmitted = false
    private var waiter: Waiter?
    private var replies: [RedisReply] = []

    init(_ commands: [RedisCommand], deadline: ContinuousClock.Instant) {
        self.commands = commands
        self.deadline = deadline
        encodedLength = commands.reduce(0) { $0 + $1.encodedLength }
    }

    /// Says who waits; before submission.
    func attach(_ waiter: Waiter) {
        self.waiter = waiter
    }

    /// Whether somebody waits. A request nobody waits for keeps its place on the connection, and its replies are dropped.
    var isWaitedFor: Bool { waiter != nil }

    /// Takes the next reply; the last one ends the wait.
    func receive(_ reply: RedisReply, isLast: Bool) {
        switch waiter {
        case nil: return
        case .one(let continuation):
            waiter = nil
            continuation.resume(returning: .success(reply))
        case .lane(let body):
            waiter = nil
            body(reply)
        case .many(let continuation):
            replies.append(reply)
            guard isLast else { return }
            waiter = nil
            continuation.resume(returning: .success(replies))
        }
    }

    /// Ends the wait with an error, unless it is over already.
    func fail(_ error: StrataError) {
        defer { waiter = nil }
        switch waiter {
        case nil, .lane: return
        case .one(let continuation): continuation.resume(returning: .failure(error))
        case .many(let continuation): continuation.resume(returning: .failure(error))
        }
    }
}
