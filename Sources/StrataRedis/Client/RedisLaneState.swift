import DequeModule
import StrataCore

/// Which request goes out on which connection of an event loop, which waits, and which is refused.
///
/// Invariants: requests wait only while no connection has room for the first of them, or before the first attempt to
/// connect has ended; the waiting ones stay within the limits; nothing waits while the server is down.
struct RedisLaneState<Request> {
    /// What becomes of a request.
    enum Admission: Equatable {
        case send(slot: Int)
        case wait
        case refuse(StrataError)
    }

    private enum Phase {
        /// Nothing was attempted yet.
        case idle
        /// The first attempts have not ended: requests wait for them.
        case starting(attemptsLeft: Int)
        /// At least one connection takes requests.
        case serving
        /// All connections are lost: requests fail at once with why the last one was.
        case down(StrataError)
        case closed
    }

    private struct Slot {
        var isReady = false
        /// Whether its socket takes more bytes.
        var isWritable = true
        var commandsInFlight = 0
    }

    private struct Waiting {
        var request: Request
        var commands: Int
        var bytes: Int
    }

    private let limits: RedisConfiguration.Limits
    private var phase = Phase.idle {
        didSet {
            if case .serving = phase { isServing = true } else { isServing = false }
            isIdle = false
        }
    }
    // The two phases that every request asks for, so that it need not copy the error of another.
    private var isServing = false
    /// Whether nothing was attempted yet.
    private(set) var isIdle = true
    private var slots: [Slot]
    private var waiting: Deque<Waiting> = []
    private var waitingBytes = 0

    init(slots: Int, limits: RedisConfiguration.Limits) {
        self.slots = Array(repeating: Slot(), count: slots)
        self.limits = limits
    }

    /// How busy the connections are, as far as is known here.
    var load: RedisLoad {
        RedisLoad(
            limit: slots.count, idle: slots.count { $0.isReady && $0.commandsInFlight == 0 },
            commandsInFlight: slots.reduce(0) { $0 + $1.commandsInFlight }, waitingRequests: waiting.count)
    }

    /// How many commands wait for their reply on a connection.
    func commandsInFlight(slot: Int) -> Int { slots[slot].commandsInFlight }

    /// Begins to connect.
    ///
    /// - Returns: whether this was the first call: every slot is to be connected then.
    mutating func start() -> Bool {
        guard case .idle = phase else { return false }
        phase = .starting(attemptsLeft: slots.count)
        return true
    }

    /// Decides about a request; one that is to wait is kept.
    @inline(__always)
    mutating func admit(_ request: Request, commands: Int, bytes: @autoclosure () -> Int) -> Admission {
        if isServing, waiting.isEmpty, let slot = slot(for: commands) { return .send(slot: slot) }
        return keep(request, commands: commands, bytes: bytes())
    }

    /// Lets a request that no connection takes now wait, unless it is to be refused.
    private mutating func keep(_ request: Request, commands: Int, bytes: Int) -> Admission {
        switch phase {
        case .closed: return .refuse(.clientShutdown)
        case .down(let error): return .refuse(error)
        case .idle, .starting, .serving: break
        }
        guard waiting.count < limits.waitingRequests, waitingBytes + bytes <= limits.waitingBytes else {
            return .refuse(
                StrataError(
                    .overloaded,
                    "\(waiting.count) requests (\(waitingBytes) bytes) wait for Redis already; try again later"))
        }
        waiting.append(Waiting(request: request, commands: commands, bytes: bytes))
        waitingBytes += bytes
        return .wait
    }

    /// The next waiting request that a connection has room for.
    mutating func next() -> (request: Request, slot: Int)? {
        guard let first = waiting.first, let slot = slot(for: first.commands) else { return nil }
        waiting.removeFirst()
        waitingBytes -= first.bytes
        return (first.request, slot)
    }

    /// Commands went out on a connection.
    mutating func sent(_ commands: Int, slot: Int) {
        slots[slot].commandsInFlight += commands
    }

    /// A reply came on a connection.
    mutating func received(slot: Int) {
        slots[slot].commandsInFlight -= 1
    }

    /// A connection's socket takes more bytes, or no more for the time being.
    mutating func writabilityChanged(_ isWritable: Bool, slot: Int) {
        slots[slot].isWritable = isWritable
    }

    /// A connection takes requests.
    mutating func becameReady(slot: Int) {
        slots[slot] = Slot(isReady: true)
        if case .closed = phase { return }
        phase = .serving
    }

    /// A connection ended, or an attempt to make one did.
    ///
    /// - Returns: the requests that waited and now fail.
    mutating func lost(slot: Int, _ error: StrataError) -> [Request] {
        slots[slot] = Slot()
        switch phase {
        case .closed: return []
        case .starting(let attemptsLeft) where attemptsLeft > 1:
            phase = .starting(attemptsLeft: attemptsLeft - 1)
            return []
        case .idle, .starting, .serving, .down:
            guard !slots.contains(where: \.isReady) else { return [] }
            phase = .down(error)
            return removeWaiting { _ in true }
        }
    }

    /// Takes no more requests.
    ///
    /// - Returns: the requests that waited and now fail.
    mutating func close() -> [Request] {
        phase = .closed
        return removeWaiting { _ in true }
    }

    /// Removes waiting requests, such as those whose callers have given up.
    mutating func removeWaiting(where condition: (Request) -> Bool) -> [Request] {
        var removed: [Request] = []
        waiting.removeAll { element in
            guard condition(element.request) else { return false }
            removed.append(element.request)
            waitingBytes -= element.bytes
            return true
        }
        return removed
    }

    /// The requests that wait.
    var waitingRequests: some BidirectionalCollection<Request> { waiting.lazy.map(\.request) }

    /// The ready connection with the fewest commands under way; nil when none has room. A batch that is larger than the
    /// limit has room where nothing is under way.
    private func slot(for commands: Int) -> Int? {
        var best: Int?
        for index in slots.indices where slots[index].isReady && slots[index].isWritable {
            let load = slots[index].commandsInFlight
            guard load == 0 || load + commands <= limits.commandsInFlight else { continue }
            if let other = best, slots[other].commandsInFlight <= load { continue }
            best = index
        }
        return best
    }
}
