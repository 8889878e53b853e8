import StrataCore

/// A request that waits for a shard's thread.
protocol LaneRequest: Sendable {
    /// When its caller stops waiting.
    var deadline: ContinuousClock.Instant { get }
    /// How many keys or mutations it has.
    var operations: Int { get }
    /// How many bytes it holds.
    var bytes: Int { get }
    /// Whether nobody waits for it any more.
    var isAbandoned: Bool { get }
    /// Answers it with an error.
    func fail(_ error: StrataError)
}

/// What waits for one thread and what that thread works on: a state machine that takes events and answers actions.
///
/// Batches form from what is waiting when the thread comes back, never by waiting for more.
struct LaneQueue<Request: LaneRequest> {
    enum Admission {
        /// The request waits; the thread may have to be woken, and the watch told that its deadline is the earliest.
        case waits(wakesThread: Bool, isEarliest: Bool)
        case refused(StrataError)
    }

    enum Step {
        case run([Request])
        case park
        case end
    }

    let bounds: EmbeddedConfiguration.Queue
    /// How much one batch takes at most; a single larger request is a batch of its own.
    let batch: EmbeddedConfiguration.Queue

    private var waiting: [Request] = []
    private var running: [Request] = []
    private var waitingOperations = 0
    private var waitingBytes = 0
    private var isParked = false
    private var isClosing = false
    /// No request has an earlier deadline; nil when the watch is not told of any.
    private var earliest: ContinuousClock.Instant?

    init(bounds: EmbeddedConfiguration.Queue, batch: EmbeddedConfiguration.Queue) {
        self.bounds = bounds
        self.batch = batch
    }

    /// How many operations wait or run.
    var pendingOperations: Int { running.reduce(waitingOperations) { $0 + $1.operations } }

    /// A request has come.
    mutating func add(_ request: Request) -> Admission {
        guard !isClosing else { return .refused(StrataError(.shutdown, "the embedded store is closed")) }
        guard
            waiting.isEmpty
                || (waitingOperations + request.operations <= bounds.maximumOperations
                    && waitingBytes + request.bytes <= bounds.maximumBytes)
        else {
            return .refused(
                StrataError(
                    .overloaded,
                    "\(waitingOperations) operations with \(waitingBytes) bytes wait already; try again later"))
        }
        waiting.append(request)
        waitingOperations += request.operations
        waitingBytes += request.bytes
        let isEarliest = earliest.map { request.deadline < $0 } ?? true
        if isEarliest { earliest = request.deadline }
        defer { isParked = false }
        return .waits(wakesThread: isParked, isEarliest: isEarliest)
    }

    /// The thread has finished its batch.
    mutating func next() -> Step {
        running = []
        guard !waiting.isEmpty else {
            if isClosing { return .end }
            isParked = true
            return .park
        }
        var operations = 0
        var bytes = 0
        let rest = waiting.firstIndex { request in
            operations += request.operations
            bytes += request.bytes
            return operations > batch.maximumOperations || bytes > batch.maximumBytes
        }
        let count = max(1, rest ?? waiting.count)
        if count == waiting.count {
            swap(&running, &waiting)
            (waitingOperations, waitingBytes) = (0, 0)
        } else {
            running = Array(waiting[..<count])
            waiting.removeFirst(count)
            for request in running {
                waitingOperations -= request.operations
                waitingBytes -= request.bytes
            }
        }
        return .run(running)
    }

    /// Nothing more may come; what waits is still done.
    ///
    /// - Returns: whether the thread has to be woken.
    mutating func close() -> Bool {
        isClosing = true
        defer { isParked = false }
        return isParked
    }

    /// The requests whose callers stop waiting now, and when to ask again; nil when nothing waits.
    mutating func overdue(at now: ContinuousClock.Instant) -> (requests: [Request], next: ContinuousClock.Instant?) {
        var requests: [Request] = []
        var next: ContinuousClock.Instant?
        for request in running + waiting {
            if request.deadline <= now {
                requests.append(request)
            } else {
                next = min(next ?? request.deadline, request.deadline)
            }
        }
        earliest = next
        return (requests, next)
    }
}
