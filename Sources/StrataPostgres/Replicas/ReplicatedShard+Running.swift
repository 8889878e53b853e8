import NIOConcurrencyHelpers
import StrataCore
import Synchronization

extension ReplicatedShard {
    /// Makes heartbeats while replicas are read, and keeps the primary in order, until the task is cancelled; then closes all
    /// connections.
    public func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await self.primary.run() }
            group.addTask { await self.beatUntilCancelled() }
        }
        await shutdown()
    }

    /// Closes all connections; what waits fails with `shutdown`.
    public func shutdown() async {
        for replica in replicas { await replica.server.shutdown() }
        await primary.shutdown()
    }

    private func beatUntilCancelled() async {
        while !Task.isCancelled {
            if isWanted.exchange(false, ordering: .relaxed) { await beat() }
            try? await Task.sleep(for: interval)
        }
    }

    /// Makes a heartbeat, unless another process did a moment ago, and takes in those there are.
    func beat() async {
        let own = Int64.random(in: .min ... .max)
        let asked = ContinuousClock.now
        var list = ParameterList()
        list.append(own)
        list.append((interval * 3 / 4).wholeMilliseconds)
        // Without an answer replicas are too old soon, and the primary is asked, which says what is wrong.
        let found = try? await primary.run(
            .beat, list, isRepeatable: false, context: StoreContext(deadline: asked + interval * 4)
        ) { $0.integers(0, 0) }
        guard let found else { return }
        history.withLockedValue { $0.take(found, own: own, asked: asked) }
    }
}
