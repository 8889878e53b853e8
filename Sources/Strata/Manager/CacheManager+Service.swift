import Logging
import NIOPosix
public import ServiceLifecycle
import StrataCore
import StrataMemory

extension CacheManager: Service {
    /// Delivers invalidations, makes repairs and removes expired entries until shutdown or cancellation, then ends all loads.
    public func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { [self] in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for source in chain.sources {
                        group.addTask { try await source.run(delivering: self.registry) }
                    }
                    group.addTask { try await self.chain.runRepairs() }
                    group.addTask { try await self.volatileChain.runRepairs() }
                    group.addTask { try await self.expireEntries() }
                    try await group.waitForAll()
                }
            }
        } catch is CancellationError {
            // How a shutdown arrives.
        }
        // What keeps its deadline has ended by then.
        let left = await tasks.shutdown(within: options.timeouts.longest)
        if left > 0 {
            logger.warning(
                "calls of levels, stores or loaders go on after the shutdown, because they ignore their cancellation",
                metadata: ["calls": "\(left)"])
        }
    }

    /// Removes what expired, four times a second and a bounded number at a time, so that no caller waits for long, and gives
    /// the memory of very many that went together back to the system.
    private func expireEntries() async throws {
        var freed = FreedMemory()
        while true {
            try await Task.sleep(for: .milliseconds(250))
            let caches = registry.all
            for cache in caches {
                while !cache.expire(limit: 1024).isComplete { await Task.yield() }
            }
            let held = caches.reduce(0) { $0 + ($1.memoryStatistics?.bytes ?? 0) }
            if freed.isWorthGivingBack(held: held) {
                try await NIOThreadPool.singleton.runIfActive { FreedMemory.giveBack() }
            }
        }
    }
}
