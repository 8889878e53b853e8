import Logging
import Strata
import StrataCore
import StrataMemory
import StrataTestSupport

/// A manager on model levels, with everything a test may want to reach into.
struct Levels {
    let clock = ManualClock()
    let store: ModelStore
    let tier: ModelTier
    let backplane: ModelBackplane
    let manager: CacheManager

    init(
        store: ModelStore? = nil, tier: ModelTier = ModelTier(), backplane: ModelBackplane = ModelBackplane(),
        levelsOnly: LevelsOnlyPlace = .memory, policy: CachePolicy = CachePolicy(jitter: 0)
    ) throws {
        self.store = store ?? ModelStore()
        self.tier = tier
        self.backplane = backplane
        manager = try CacheManager(
            memory: MemoryConfiguration(capacityBytes: 16 << 20), tier: tier, store: self.store,
            levelsOnly: levelsOnly, invalidation: [backplane],
            // What a test holds back is to be waited for, however slow the machine is.
            options: CacheManagerOptions(
                timeouts: .init(shared: LevelTimeouts(.seconds(60)), store: LevelTimeouts(.seconds(60))), bytes: policy),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, time: clock.timeSource)
    }

    /// Runs the manager while the body runs, and waits until it listens to the backplane.
    func running<Answer: Sendable>(_ body: @escaping @Sendable () async throws -> Answer) async throws -> Answer {
        try await withThrowingTaskGroup(of: Answer?.self) { group in
            let before = backplane.subscriberCount
            group.addTask {
                try await manager.run()
                return nil
            }
            try await eventually { backplane.subscriberCount > before }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let answer = try await group.next() {
                if let answer { return answer }
            }
            throw StrataError(.shutdown, "the manager ended before the test")
        }
    }
}
