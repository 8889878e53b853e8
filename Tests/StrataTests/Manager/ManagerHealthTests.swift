import Logging
import Strata
import StrataCore
import StrataMemory
import StrataTestSupport
import Testing

@Suite("What a manager says of its parts")
struct ManagerHealthTests {
    private func parts(_ manager: CacheManager) async -> [String] {
        await manager.health().map { "\($0.level) \($0.health.name) \($0.health.state.name)" }
    }

    @Test("Every part is listed, whatever its state, and one that answers is enough to serve")
    func everyPart() async throws {
        let levels = try Levels()
        #expect(
            await parts(levels.manager) == [
                "memory memory serving", "redis model-tier serving", "store model serving",
                "invalidation model-backplane serving",
            ])
        let down = StrataError(.unavailable, "down")
        (levels.tier.failure, levels.backplane.failure) = (down, down)
        #expect(
            await parts(levels.manager) == [
                "memory memory serving", "redis model-tier down", "store model serving",
                "invalidation model-backplane down",
            ])
        #expect(await levels.manager.health().canServe)
        levels.store.failure = down
        #expect(await !levels.manager.health().canServe, "copies alone are not enough: they end")
    }

    @Test("Without a store memory is the authority, and can always serve")
    func memoryAlone() async throws {
        let manager = try CacheManager(
            memory: MemoryConfiguration(capacityBytes: 1 << 20), store: nil,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        #expect(await parts(manager) == ["memory memory serving"])
        #expect(await manager.health().canServe)
    }
}
