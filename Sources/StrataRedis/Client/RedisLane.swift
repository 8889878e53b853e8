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
    private let inbox = NIOLockedValueBox(Inbox())

    // What follows belongs to the event loop.
    var state: RedisLaneState<RedisRequest>
    var connections: [RedisConnection?]
    var backoffs: [Backoff]
    var retries: [Scheduled<Void>?]
    var clockRefresh: RepeatedTask?
    var loadDisplay: RepeatedTask?
    var sweep: (at: ContinuousClock.Instant, task: Scheduled<Void>)?
    var isClosing = false
    var closePromises: [EventLoopPromise<Void>] = []
    private var hasUnsent: [Bool]
    private var isFlushDue = false

    init(
        eventLoop: any EventLoop, configuration: RedisConfiguration, metrics: RedisMetrics,
        reachability: RedisReachability, clock: RedisClock
    ) {
        let count = configuration.connectionsPerLoop
        self.eventLoop = eventLoop
        self.configuration = configuration
        self.metrics = metrics
        self.reachability = reachability
        self.clock = clock
        state = RedisLaneState(slots: count, limits: configuration.limits)
        connections = Array(repeating: nil, count: count)
        backoffs = Array(repeating: configuration.backoff, count: count)
        retries = Array(repeating: nil, count: count)
        hasUnsent = Array(repeating: false, count: count)
    }

    // MARK: From any thread

    /// Takes in a request; its waiter gets the replies or an error in any case.
    func submit(_ request: RedisRequest) {
        if eventLoop.inEventLoop {
            accept(request, at: .now)
            flushSoon()
        } else {
            post(.submit(request))
        }
    }

    /// Ends the wait of a request's caller; also before the request was submitted.
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
        let now = ContinuousClock.now
        for message in messages {
            switch message {
            case .submit(let request): accept(request, at: now)
            case .cancel(let request) where request.isSubmitted:
                fail(request, .callerCancelled)
            case .cancel(let request): request.isCancelled = true
            }
        }
        flush()
    }

    private func accept(_ request: RedisRequest, at now: ContinuousClock.Instant) {
        request.isSubmitted = true
        guard !request.isCancelled else {
            return fail(request, .callerCancelled)
        }
        guard request.deadline > now else { return fail(request, .lateRequest) }
        start()
        switch state.admit(request, commands: request.commands.count, bytes: request.encodedLength) {
        case .send(let slot): send(request, on: slot, at: now)
        case .wait: watch(request.deadline)
        case .refuse(let error): fail(request, error)
        }
    }

    func send(_ request: RedisRequest, on slot: Int, at now: ContinuousClock.Instant) {
        guard let connection = connections[slot] else { preconditionFailure("slot \(slot) is ready but empty") }
        connection.enqueue(request, at: now)
        state.sent(request.commands.count, slot: slot)
        metrics.commands.increment(by: request.commands.count)
        hasUnsent[slot] = true
        watch(min(request.deadline, now + configuration.commandTimeout))
    }

    /// Moves waiting requests to connections that have room.
    func sendWaiting() {
        guard var next = state.next() else { return }
        let now = ContinuousClock.now
        while true {
            // What nobody waits for any more need not be sent.
            if next.request.isWaitedFor { send(next.request, on: next.slot, at: now) }
            guard let following = state.next() else { break }
            next = following
        }
        flush()
    }

    func received(_ reply: RedisReply, for request: RedisRequest, isLast: Bool, took: Duration, slot: Int) {
        state.received(slot: slot)
        if isLast { metrics.latency.recordNanoseconds(took.wholeNanoseconds) }
        request.receive(reply, isLast: isLast)
    }

    /// Fails a request, naming the server.
    func fail(_ request: RedisRequest, _ error: StrataError) {
        guard request.isWaitedFor else { return }
        metrics.failures.increment(error.code)
        request.fail(error.at(configuration.origin))
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
        for slot in hasUnsent.indices where hasUnsent[slot] {
            hasUnsent[slot] = false
            connections[slot]?.flush()
        }
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
