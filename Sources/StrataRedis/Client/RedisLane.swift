import CoreMetrics
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import StrataCore
import StrataResilience

/// The connections of one event loop and the requests on their way to them.
///
/// Callers elsewhere put requests into the inbox; the first one since the loop last looked wakes it up, and all that
/// arrived until then go out in one write per connection.
///
/// `@unchecked Sendable`: the inbox has a lock; all other state is touched by the event loop alone.
final class RedisLane: @unchecked Sendable {
    /// How many commands are worth a write of their own in the middle of a turn: those of tasks on this event loop, which
    /// makes the next ones itself, and those of other threads, which make them meanwhile.
    private static let (earlyBatch, earlyBatchFromElsewhere) = (32, 8)

    private enum Message {
        case submit(RedisRequest)
        case cancel(RedisRequest)
    }

    private struct Inbox {
        var messages: [Message] = []
        var isWoken = false
    }

    let eventLoop: any EventLoop
    let configuration: RedisConfiguration
    let metrics: RedisMetrics
    let reachability: RedisReachability
    let clock: RedisClock
    /// Nanoseconds until an answer is overdue.
    let commandTimeout: Int64
    private let circuit: ServerCircuit?
    private let inbox = NIOLockedValueBox(Inbox())

    // What follows belongs to the event loop. Unchecked is what every request touches several times: no access is ever
    // under way when another one begins, and the run-time checks of that took 5 % of a request's time.
    @exclusivity(unchecked) var state: RedisLaneState<RedisRequest>
    @exclusivity(unchecked) var connections: [RedisConnection?]
    var backoffs: [Backoff]
    var retries: [Scheduled<Void>?]
    var clockRefresh: RepeatedTask?
    var loadDisplay: RepeatedTask?
    /// When the deadlines are looked at next, and what does so then.
    @exclusivity(unchecked) var sweepTime: RedisInstant?
    var sweep: Scheduled<Void>?
    /// Whether the tasks that have waited long are going to be woken.
    @exclusivity(unchecked) var isWakingDue = false
    var isClosing = false
    var closePromises: [EventLoopPromise<Void>] = []
    @exclusivity(unchecked) private var isFlushDue = false
    /// The time of the requests that go out next, read once for all of them.
    @exclusivity(unchecked) private var batchTime: RedisInstant?
    /// What the metrics and the circuit have not been told of.
    @exclusivity(unchecked) private var unreportedCommands = 0
    @exclusivity(unchecked) private var unreportedAnswers = ServerCircuit.Answers()

    init(
        eventLoop: any EventLoop, configuration: RedisConfiguration, metrics: RedisMetrics,
        reachability: RedisReachability, circuit: ServerCircuit?, clock: RedisClock
    ) {
        let count = configuration.connectionsPerLoop
        self.eventLoop = eventLoop
        self.configuration = configuration
        self.metrics = metrics
        self.reachability = reachability
        self.circuit = circuit
        self.clock = clock
        commandTimeout = configuration.commandTimeout.wholeNanoseconds
        state = RedisLaneState(slots: count, limits: configuration.limits)
        connections = Array(repeating: nil, count: count)
        backoffs = Array(repeating: configuration.backoff, count: count)
        retries = Array(repeating: nil, count: count)
    }

    // MARK: From any thread

    /// Takes in a request; its waiter gets the replies or an error in any case.
    func submit(_ request: RedisRequest, isOnEventLoop: Bool) {
        if isOnEventLoop {
            accept(request, at: now)
            flushSoon()
        } else {
            post(.submit(request))
        }
    }

    /// Takes in a request that stands for a whole turn of the event loop, and sends it at once. On the event loop.
    func submitAlone(_ request: RedisRequest) {
        accept(request, at: now)
        flush()
    }

    /// Ends the wait of a submitted request's caller.
    func cancel(_ request: RedisRequest) {
        post(.cancel(request))
    }

    private func post(_ message: Message) {
        let wakesUp = inbox.withLockedValue { inbox in
            inbox.messages.append(message)
            defer { inbox.isWoken = true }
            return !inbox.isWoken
        }
        if wakesUp { eventLoop.execute { self.emptyInbox() } }
    }

    // MARK: On the event loop

    private func emptyInbox() {
        let messages = inbox.withLockedValue { inbox in
            inbox.isWoken = false
            var messages: [Message] = []
            swap(&messages, &inbox.messages)
            return messages
        }
        for message in messages {
            switch message {
            case .submit(let request): accept(request, at: now, earlyBatch: RedisLane.earlyBatchFromElsewhere)
            case .cancel(let request): fail(request, .callerCancelled)
            }
        }
        flush()
    }

    private func accept(
        _ request: RedisRequest, at now: RedisInstant, earlyBatch: Int = RedisLane.earlyBatch
    ) {
        request.submitted = now
        guard !request.isCancelled else {
            return fail(request, .callerCancelled)
        }
        guard request.deadline > now else { return fail(request, .lateRequest) }
        if state.isIdle { start() }
        if request.isDeaf { wakeLater() }
        switch state.admit(request, commands: request.commandCount, bytes: request.encodedLength) {
        case .send(let slot): send(request, on: slot, at: now, earlyBatch: earlyBatch)
        case .wait: watch(request.deadline)
        case .refuse(let error): fail(request, error)
        }
    }

    func send(
        _ request: RedisRequest, on slot: Int, at now: RedisInstant, earlyBatch: Int = RedisLane.earlyBatch
    ) {
        guard let connection = connections[slot] else { preconditionFailure("slot \(slot) is ready but empty") }
        let count = request.commandCount
        connection.enqueue(request, at: now)
        state.sent(count, slot: slot)
        unreportedCommands += count
        watch(min(request.deadline, now.advanced(byNanoseconds: commandTimeout)))
        // A server that has less to do than what waits here need not wait for the rest of the turn.
        if connection.unsentCommands >= earlyBatch,
            connection.unsentCommands * 2 >= state.commandsInFlight(slot: slot)
        {
            connection.flush()
        }
    }

    /// Moves waiting requests to connections that have room.
    func sendWaiting() {
        guard var next = state.next() else { return }
        while true {
            // What nobody waits for any more need not be sent.
            if next.request.isWaitedFor { send(next.request, on: next.slot, at: now) }
            guard let following = state.next() else { break }
            next = following
        }
        flush()
    }

    /// - Parameter took: nanoseconds from sending the request to the reply.
    func received(_ reply: RedisReply, for request: RedisRequest, isLast: Bool, took: Int64, slot: Int) {
        state.received(slot: slot)
        if isLast {
            metrics.latency.recordNanoseconds(took)
            if let ticket = request.ticket, request.isWaitedFor { circuit?.answered(ticket, &unreportedAnswers) }
        }
        request.receive(reply, isLast: isLast)
    }

    /// Reports what was counted since the last time, to metrics and circuit that all event loops share.
    func report() {
        circuit?.report(&unreportedAnswers)
        if unreportedCommands > 0 {
            metrics.commands.increment(by: unreportedCommands)
            unreportedCommands = 0
        }
    }

    /// Fails a request, naming the server.
    func fail(_ request: RedisRequest, _ error: StrataError) {
        guard request.isWaitedFor else { return }
        metrics.failures.increment(error.code)
        let error = error.at(configuration.origin)
        if let ticket = request.ticket { circuit?.finish(ticket, error) }
        request.fail(error)
    }

    func writabilityChanged(_ isWritable: Bool, slot: Int) {
        state.writabilityChanged(isWritable, slot: slot)
        if isWritable { sendWaiting() }
    }

    /// Sends what is enqueued at the end of this turn of the event loop, together with what else it brings.
    func flushSoon() {
        guard !isFlushDue else { return }
        isFlushDue = true
        eventLoop.execute {
            self.isFlushDue = false
            self.flush()
        }
    }

    func flush() {
        batchTime = nil
        for connection in connections { connection?.flush() }
        report()
    }

    /// The time, as of the first request of the batch that is being put together.
    private var now: RedisInstant {
        if let batchTime { return batchTime }
        let now = RedisInstant.now
        batchTime = now
        return now
    }
}

extension RedisConfiguration {
    /// What errors call the server.
    var origin: String { "redis \(url)" }
}

extension StrataError {
    /// The client was closed, or is being.
    static var clientShutdown: StrataError { StrataError(.shutdown, "the Redis client was shut down") }

    /// The deadline of a request had passed before it was sent.
    static var lateRequest: StrataError {
        StrataError(.timeout, "the deadline had passed before the request was sent")
    }
}
