package import LoadDriver
import NIOConcurrencyHelpers
import NIOCore
package import Strata
import StrataCore

/// The library in this process: each client is a task that calls a manager's cache of raw bytes, as a service would.
package struct InProcessTarget: Target {
    package let name: String
    private let cache: ByteCache

    /// How many tallies the clients share; one each would take too much memory when there are thousands.
    private static let tallyCount = 16
    /// How many operations a client performs before others get their turn, as a hit in memory never suspends.
    private static let turn = 64

    /// - Parameters:
    ///   - name: what reports call it.
    ///   - manager: its levels; somebody else runs it.
    package init(name: String, manager: CacheManager) {
        self.name = name
        cache = manager.bytes
    }

    /// Runs one session per client of the plan to its end.
    ///
    /// - Parameter plan: with a depth of 1, as a caller has no second call under way; anything else traps.
    package func run(_ plan: PhasePlan, progress: Progress) async throws -> PhaseOutcome {
        precondition(plan.depth == 1, "a call in process has no pipeline; the depth is \(plan.depth)")
        let tallies = (0..<min(plan.clients, InProcessTarget.tallyCount)).map { _ in NIOLockedValueBox(Tally()) }
        let start = NIODeadline.now()
        try await withThrowingTaskGroup(of: Void.self) { clients in
            for client in 0..<plan.clients {
                let session = ClientSession(plan: plan, client: client, start: start)
                let tally = tallies[client % tallies.count]
                clients.addTask { try await run(session, of: plan, into: tally, progress) }
            }
            try await clients.waitForAll()
        }
        let elapsed = NIODeadline.now() - start
        let tally = tallies.reduce(into: Tally()) { sum, tally in sum.merge(tally.withLockedValue { $0 }) }
        return PhaseOutcome(tally: tally, elapsed: .nanoseconds(elapsed.nanoseconds))
    }

    /// Nothing to let go of: the manager ends with whoever runs it.
    package func shutdown() async throws {}

    private func run(
        _ session: ClientSession, of plan: PhasePlan, into tally: NIOLockedValueBox<Tally>, _ progress: Progress
    ) async throws {
        var session = session
        var requests = 0
        var published = 0
        func publish() {
            progress.add(session.completed - published)
            published = session.completed
        }
        while true {
            switch session.next(at: .now()) {
            case .send(let request):
                let answer = await answer(to: request, of: plan)
                let now = NIODeadline.now()
                tally.withLockedValue { answer.complete(&session, at: now, into: &$0) }
                requests += 1
                if requests.isMultiple(of: InProcessTarget.turn) {
                    publish()
                    try Task.checkCancellation()
                    await Task.yield()
                }
            case .awaitTime(let time):
                publish()
                try await Task.sleep(for: .nanoseconds((time - .now()).nanoseconds))
            case .finish:
                return publish()
            case .awaitAnswer:
                preconditionFailure("a session waits for an answer that it was given")
            }
        }
    }

    private func answer(to request: ClientSession.Request, of plan: PhasePlan) async -> Answer {
        let key = Key(RecordKey.bytes(request.record))
        if let ticket = request.write {
            let value = plan.value(of: request.record, ticket).bytes(length: plan.valueBytes)
            switch await cache.apply([Mutation(.put(value), key: key, expiry: .never)])[0] {
            case .success: return .stored
            case .failure(let error): return .failed(error.description)
            }
        }
        switch cache.cached(key) {
        case .hit(let value): return .found(value)
        case .absent: return .missing
        case .miss: break
        }
        switch await cache.read([key])[0] {
        case .success(let entry):
            if case .value(let value, _) = entry.content { return .found(value) }
            return .missing
        case .failure(let error): return .failed(error.description)
        }
    }

    /// What the cache answered, with the bytes it found.
    private enum Answer {
        case found([UInt8])
        case missing
        case stored
        case failed(String)

        func complete(_ session: inout ClientSession, at now: NIODeadline, into tally: inout Tally) {
            switch self {
            case .found(let value):
                value.withUnsafeBytes { session.complete(.found($0), at: now, into: &tally) }
            case .missing: session.complete(.missing, at: now, into: &tally)
            case .stored: session.complete(.stored, at: now, into: &tally)
            case .failed(let text): session.complete(.failed(text), at: now, into: &tally)
            }
        }
    }
}
