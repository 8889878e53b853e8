package import StrataCore

/// A source of invalidations that raises floors before anybody else hears of an event.
package struct FloorRaisingSource: InvalidationSource {
    private let base: any InvalidationSource
    private let floors: ReadFloors

    package init(_ base: any InvalidationSource, _ floors: ReadFloors) {
        self.base = base
        self.floors = floors
    }

    package var name: String { base.name }
    package var keepsDeadlines: Bool { base.keepsDeadlines }

    package func publish(
        _ events: [InvalidationEvent], deadline: ContinuousClock.Instant
    ) async throws(StrataError) {
        floors.raise(events)
        try await base.publish(events, deadline: deadline)
    }

    package func health(deadline: ContinuousClock.Instant) async -> ServerHealth {
        await base.health(deadline: deadline)
    }

    package func run(delivering sink: any InvalidationSink) async throws {
        try await base.run(delivering: Sink(base: sink, floors: floors))
    }

    private struct Sink: InvalidationSink {
        let base: any InvalidationSink
        let floors: ReadFloors

        func receive(_ delivery: InvalidationDelivery, from source: String) {
            switch delivery {
            case .events(let events): floors.raise(events)
            case .discontinuity: floors.raiseAll()
            case .heartbeat: break
            }
            base.receive(delivery, from: source)
        }
    }
}

extension ReadFloors {
    fileprivate func raise(_ events: [InvalidationEvent]) {
        for event in events {
            switch event {
            case .key(let key, let version): raise(key, to: version)
            case .tag, .everything: raiseAll()
            }
        }
    }
}
