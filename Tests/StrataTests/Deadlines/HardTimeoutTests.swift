import Logging
import Strata
import StrataCore
import StrataMemory
import StrataTestSupport
import Testing

@Suite("Hard timeouts")
struct HardTimeoutTests {
    /// A tier that lets every call wait at a gate, whatever its deadline is.
    private struct StuckTier: CacheTier {
        let name = "stuck-tier"
        let gate = Gate()

        func read(_ keys: [Key], deadline: ContinuousClock.Instant) async -> [Result<Entry?, StrataError>] {
            await gate.pass()
            return keys.map { _ in .success(nil) }
        }

        func offer(_ offers: [TierOffer], deadline: ContinuousClock.Instant) async -> [Result<Bool, StrataError>] {
            await gate.pass()
            return offers.map { _ in .success(true) }
        }

        func invalidate(
            _ keys: [(key: Key, version: Version)], deadline: ContinuousClock.Instant
        ) async -> [Result<Void, StrataError>] {
            await gate.pass()
            return keys.map { _ in .success(()) }
        }

        func invalidate(
            _ tag: StrataCore.Tag, below versions: [String: Version], deadline: ContinuousClock.Instant
        ) async throws(StrataError) { await gate.pass() }

        func removeAll(deadline: ContinuousClock.Instant) async throws(StrataError) { await gate.pass() }

        func health(deadline: ContinuousClock.Instant) async -> [ServerHealth] {
            await gate.pass()
            return [ServerHealth(name)]
        }
    }

    private static let read = Duration.milliseconds(40)
    private static let write = Duration.milliseconds(60)

    private func manager(
        tier: (any CacheTier)? = nil, store: any Store, storeTimeouts: LevelTimeouts? = nil,
        abandonedCallLimit: Int = 1024
    ) throws -> CacheManager {
        let level = LevelTimeouts(read: Self.read, write: Self.write)
        return try CacheManager(
            memory: MemoryConfiguration(capacityBytes: 1 << 20), tier: tier, store: store,
            options: CacheManagerOptions(
                timeouts: .init(shared: level, store: storeTimeouts ?? level), abandonedCallLimit: abandonedCallLimit),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func put(_ key: Key) -> Mutation { Mutation(.put([1]), key: key) }

    @Test("A store that never answers keeps no caller beyond its time, whatever it is asked")
    func stuckStore() async throws {
        let store = StuckStore()
        defer { store.gate.open() }
        let bytes = try manager(store: store).bytes
        var (reads, strongReads, writes, scans) = (Lateness(), Lateness(), Lateness(), Lateness())
        for number in 0..<20 {
            let key = Key("k\(number)")
            await reads.measure(allowed: Self.read) {
                await #expect(throws: StrataError(.timeout, "no answer within the time allowed", origin: "stuck")) {
                    try await bytes.read([key])[0].get()
                }
            }
            await strongReads.measure(allowed: Self.read) { _ = await bytes.read([key], freshness: .strong) }
            await writes.measure(allowed: Self.write) {
                await #expect { try await bytes.apply([put(key)])[0].get() } throws: {
                    ($0 as? StrataError)?.code == .timeout
                }
            }
            await scans.measure(allowed: Self.read) {
                await #expect(throws: StrataError.self) { try await bytes.count() }
            }
        }
        #expect(reads.isTimely, "\(reads)")
        #expect(strongReads.isTimely, "\(strongReads)")
        #expect(writes.isTimely, "\(writes)")
        #expect(scans.isTimely, "\(scans)")
    }

    @Test("Of many callers of a store that never answers, each has its answer")
    func manyCallers() async throws {
        let store = StuckStore()
        defer { store.gate.open() }
        let bytes = try manager(store: store).bytes
        let timeouts = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<500 {
                group.addTask {
                    guard case .failure(let error) = await bytes.read([Key("k\(number)")])[0] else { return false }
                    return error.code == .timeout
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(timeouts == 500)
    }

    @Test("A level 2 that never answers delays reads by its timeout and writes by no more than theirs")
    func stuckTier() async throws {
        let tier = StuckTier()
        defer { tier.gate.open() }
        let bytes = try manager(tier: tier, store: ModelStore(now: nil), storeTimeouts: LevelTimeouts(.seconds(60)))
            .bytes
        var (reads, writes) = (Lateness(), Lateness())
        for number in 0..<20 {
            let (key, unseen) = (Key("k\(number)"), Key("unseen\(number)"))
            await writes.measure(allowed: Self.write) {
                let written = await bytes.apply([put(key)])[0]
                #expect(throws: Never.self) { try #expect(written.get().applied) }
            }
            await reads.measure(allowed: Self.read) {
                let read = await bytes.read([unseen])[0]
                #expect(throws: Never.self) { try #expect(read.get().content == .absent) }
            }
        }
        #expect(reads.isTimely, "\(reads)")
        #expect(writes.isTimely, "\(writes)")
    }

    @Test("Calls that were given up are bounded in number, and the store is asked again when they have returned")
    func bound() async throws {
        let store = StuckStore()
        defer { store.gate.open() }
        let manager = try manager(store: store, abandonedCallLimit: 5)
        for number in 0..<5 {
            await #expect { try await manager.bytes.apply([put(Key("k\(number)"))])[0].get() } throws: {
                ($0 as? StrataError)?.code == .timeout
            }
        }
        #expect(manager.statistics.abandonedCalls == 5)
        await #expect { try await manager.bytes.apply([put("beyond")])[0].get() } throws: {
            ($0 as? StrataError)?.code == .overloaded
        }
        store.gate.open()
        try await eventually { manager.statistics.abandonedCalls == 0 }
        try await eventually { (try? await manager.bytes.apply([put("beyond")])[0].get().applied) == true }
    }

    @Test("A cancelled caller leaves at once, and its call is no caller's any more")
    func cancellation() async throws {
        let store = StuckStore()
        defer { store.gate.open() }
        let level = LevelTimeouts(.seconds(60))
        let manager = try CacheManager(
            memory: nil, store: store, options: CacheManagerOptions(timeouts: .init(shared: level, store: level)),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let caller = Task { try await manager.bytes.apply([put("k")])[0].get() }
        await store.gate.arrivals(1)
        caller.cancel()
        await #expect { try await caller.value } throws: { ($0 as? StrataError)?.code == .cancelled }
        #expect(manager.statistics.abandonedCalls == 1)
    }

    @Test("A shutdown answers who waits, and does not wait for ever for a store that never answers")
    func shutdown() async throws {
        let store = StuckStore()
        defer { store.gate.open() }
        let manager = try manager(store: store)
        let service = Task { try await manager.run() }
        for number in 0..<3 { _ = await manager.bytes.apply([put(Key("k\(number)"))]) }
        service.cancel()
        try await service.value
        await #expect { try await manager.bytes.apply([put("late")])[0].get() } throws: {
            ($0 as? StrataError)?.code == .shutdown
        }
    }
}
