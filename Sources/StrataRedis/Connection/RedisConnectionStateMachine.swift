import DequeModule
import StrataCore

/// The life of one connection: which requests are under way on it, in the order in which Redis answers them.
///
/// ```
/// connecting ──► handshaking ──► ready ──► draining ──► closed
///      └──────────────┴────────────┴───────────────────────▲
/// ```
/// Invariant: `inFlight` has one element per request whose last reply has not come, in the order sent; it is empty before
/// `ready` and after `closed`. A caller that gave up leaves its request in place: the reply still comes, and what it is
/// attached to must be the one who asked.
struct RedisConnectionStateMachine<Request> {
    enum Phase: Equatable {
        case connecting
        case handshaking
        case ready
        /// No more requests are taken; the connection closes after the last reply.
        case draining
        case closed
    }

    /// What to do with a reply.
    enum ReplyAction {
        case none
        /// The connection takes requests from now on; the server's clock, in milliseconds since 1970.
        case ready(time: Int64)
        /// A reply for a request, which it completes when it is the last.
        case deliver(Request, RedisReply, isLast: Bool, sent: RedisInstant, thenClose: Bool)
        /// Close the connection with the error.
        case close(StrataError)
    }

    private struct InFlight {
        var request: Request
        var repliesDue: Int
        var sent: RedisInstant
    }

    private(set) var phase = Phase.connecting
    private var handshake: RedisHandshake
    private var inFlight: Deque<InFlight> = []

    init(handshake: RedisHandshake) {
        self.handshake = handshake
    }

    /// The socket is connected: the answer is what to send.
    mutating func connected() -> [RedisCommand] {
        precondition(phase == .connecting, "connected while \(phase)")
        phase = .handshaking
        return handshake.commands
    }

    /// A request of one or more commands goes out. Only a ready connection takes one.
    mutating func sent(_ request: Request, commands: Int, at now: RedisInstant) {
        precondition(phase == .ready, "a request while \(phase)")
        precondition(commands > 0, "a request without commands")
        inFlight.append(InFlight(request: request, repliesDue: commands, sent: now))
    }

    /// The next reply came.
    @inline(__always)
    mutating func received(_ reply: RedisReply) -> ReplyAction {
        switch phase {
        case .connecting:
            return .close(.unasked)
        case .handshaking:
            switch handshake.received(reply) {
            case .goingOn: return .none
            case .finished(let time):
                phase = .ready
                return .ready(time: time)
            case .failed(let error): return .close(error)
            }
        case .ready, .draining:
            guard !inFlight.isEmpty else { return .close(.unasked) }
            let isLast = inFlight[0].repliesDue == 1
            let first: InFlight
            if isLast {
                first = inFlight.removeFirst()
            } else {
                inFlight[0].repliesDue -= 1
                first = inFlight[0]
            }
            return .deliver(
                first.request, reply, isLast: isLast, sent: first.sent,
                thenClose: phase == .draining && inFlight.isEmpty)
        case .closed:
            // What was read together with the bytes that closed it.
            return .none
        }
    }

    /// Takes no more requests.
    ///
    /// - Returns: whether the connection can be closed at once.
    mutating func drain() -> Bool {
        guard phase == .ready, !inFlight.isEmpty else { return true }
        phase = .draining
        return false
    }

    /// The connection ended: the answer is every request whose reply will not come any more.
    mutating func closed() -> [Request] {
        phase = .closed
        defer { inFlight = [] }
        return inFlight.map(\.request)
    }

    /// When the oldest request was sent; nil when nothing is under way.
    var oldestSent: RedisInstant? { inFlight.first?.sent }

    /// The requests under way, oldest first, to look for overdue ones.
    var requests: some BidirectionalCollection<Request> { inFlight.lazy.map(\.request) }
}

extension StrataError {
    /// Replies and requests can't be matched any more.
    fileprivate static var unasked: StrataError {
        StrataError(.corrupt, "Redis answered though nothing was asked; is something else on this port?")
    }
}
