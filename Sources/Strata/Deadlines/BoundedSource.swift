import StrataCore

/// A source that does not keep its deadlines, as its callers want to see it: each call but `run` is answered in time.
struct BoundedSource: InvalidationSource {
    let base: any InvalidationSource
    let calls: BoundedCalls

    var name: String { base.name }
    var keepsDeadlines: Bool { true }

    func publish(_ events: [InvalidationEvent], deadline: ContinuousClock.Instant) async throws(StrataError) {
        try await calls.makeThrowing(name, by: deadline) { () async throws(StrataError) in
            try await base.publish(events, deadline: deadline)
        }
    }

    func health(deadline: ContinuousClock.Instant) async -> ServerHealth {
        await calls.make(name, by: deadline) {
            await base.health(deadline: deadline)
        } failure: { error in
            ServerHealth(base.name, .down(error))
        }
    }

    func run(delivering sink: any InvalidationSink) async throws {
        try await base.run(delivering: sink)
    }
}
