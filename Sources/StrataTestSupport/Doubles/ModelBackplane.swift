import NIOConcurrencyHelpers
public import StrataCore

/// An invalidation source within the process: what one manager publishes, all that run it receive.
public final class ModelBackplane: InvalidationSource {
    private struct State {
        var sinks: [Int: any InvalidationSink] = [:]
        var next = 0
        var failure: StrataError?
        var published: [InvalidationEvent] = []
    }

    public let name = "model-backplane"
    public let keepsDeadlines = true
    private let state = NIOLockedValueBox(State())

    public init() {}

    /// While set, publishing fails with this.
    public var failure: StrataError? {
        get { state.withLockedValue { $0.failure } }
        set { state.withLockedValue { $0.failure = newValue } }
    }

    /// All that was published, in order.
    public var published: [InvalidationEvent] { state.withLockedValue { $0.published } }
    /// How many subscribers there are.
    public var subscriberCount: Int { state.withLockedValue { $0.sinks.count } }

    public func publish(
        _ events: [InvalidationEvent], deadline: ContinuousClock.Instant
    ) async throws(StrataError) {
        if let failure { throw failure }
        let sinks = state.withLockedValue { state in
            state.published += events
            return Array(state.sinks.values)
        }
        for sink in sinks { sink.receive(.events(events), from: name) }
    }

    public func health(deadline: ContinuousClock.Instant) async -> ServerHealth {
        ServerHealth(name, failure.map { .down($0) } ?? .serving)
    }

    /// Tells every subscriber that it may have missed something.
    public func interrupt(because reason: String) {
        for sink in state.withLockedValue({ Array($0.sinks.values) }) {
            sink.receive(.discontinuity(reason), from: name)
        }
    }

    public func run(delivering sink: any InvalidationSink) async throws {
        let number = state.withLockedValue { state in
            state.next += 1
            state.sinks[state.next] = sink
            return state.next
        }
        defer { state.withLockedValue { _ = $0.sinks.removeValue(forKey: number) } }
        let (never, continuation) = AsyncStream<Void>.makeStream()
        await withTaskCancellationHandler {
            for await _ in never {}
        } onCancel: {
            continuation.finish()
        }
        try Task.checkCancellation()
    }
}
