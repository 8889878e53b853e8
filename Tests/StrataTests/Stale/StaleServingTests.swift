import NIOConcurrencyHelpers
import Strata
import StrataCore
import StrataTestSupport
import Testing

@Suite("Serving stale values")
struct StaleServingTests {
    private struct Down: Error {}

    private static func policy(
        softTimeout: Duration? = nil, pause: Duration = .seconds(1), persistence: CachePolicy.Persistence = .store,
        negativeTTL: Duration = .seconds(5), timeToLive: Duration? = nil
    ) -> CachePolicy {
        CachePolicy(
            memory: .init(ttl: .seconds(60), negativeTTL: negativeTTL),
            shared: .init(ttl: .seconds(60), negativeTTL: negativeTTL), jitter: 0, persistence: persistence,
            timeToLive: timeToLive, stale: StalePolicy(period: .seconds(600), softTimeout: softTimeout, pause: pause))
    }

    private static let error = StrataError(.unavailable, "the shard is down", origin: "shard-1")

    /// Levels whose stores and tier have a key's value, which is stale in memory and in no other level's reach.
    private func staleKey(
        _ policy: CachePolicy, tags: [StrataCore.Tag] = []
    ) async throws -> (levels: Levels, texts: Cache<String>) {
        let levels = try Levels()
        let texts = try levels.manager.cache("texts", of: String.self, policy: policy)
        try await texts.set("old", for: "k", tags: tags)
        levels.clock.advance(by: .seconds(61))
        levels.tier.flush()
        return (levels, texts)
    }

    @Test("When the load fails, a value whose TTL is over is served with its age, until its period is over")
    func failure() async throws {
        let (levels, texts) = try await staleKey(Self.policy(pause: .zero))
        levels.store.failure = Self.error
        #expect(texts.cached("k") == .miss, "a stale value is no hit")
        let entry = try await texts.entry(for: "k")
        #expect(entry.value == "old" && entry.isStale)
        let staleness = try #require(entry.staleness)
        #expect(staleness >= .seconds(1) && staleness < .milliseconds(1001))
        #expect(levels.manager.statistics.stale == StaleStatistics(served: 1, failures: 1))

        levels.clock.advance(by: .seconds(600))
        await #expect(throws: Self.error) { try await texts.value(for: "k") }
        levels.store.failure = nil
        let fresh = try await texts.entry(for: "k")
        #expect(fresh.value == "old" && !fresh.isStale)
    }

    @Test("Without the policy, and where a version or the store's answer is asked for, the failure is the answer")
    func notAllowed() async throws {
        let (levels, texts) = try await staleKey(Self.policy())
        let plain = try levels.manager.cache("plain", of: String.self, policy: CachePolicy(jitter: 0))
        let receipt = try await plain.set("old", for: "k")
        levels.clock.advance(by: .seconds(61))
        levels.tier.flush()
        levels.store.failure = Self.error
        await #expect(throws: Self.error) { try await plain.value(for: "k") }
        await #expect(throws: Self.error) { try await texts.value(for: "k", freshness: .strong) }
        await #expect(throws: Self.error) { try await texts.value(for: "k", freshness: .atLeast(receipt.version)) }
        await #expect(throws: Self.error) { try await texts.value(for: "unknown") }
        #expect(levels.manager.statistics.stale == StaleStatistics())
    }

    @Test("After a failure the next load waits for the pause, and what it brings ends it")
    func pause() async throws {
        let (levels, texts) = try await staleKey(Self.policy(pause: .seconds(10)))
        levels.store.failure = Self.error
        for _ in 0..<5 { #expect(try await texts.value(for: "k") == "old") }
        #expect(levels.store.readCount == 1)
        #expect(levels.manager.statistics.stale == StaleStatistics(served: 5, failures: 1))
        levels.clock.advance(by: .seconds(11))
        #expect(try await texts.value(for: "k") == "old")
        #expect(levels.store.readCount == 2)
        levels.store.failure = nil
        levels.clock.advance(by: .seconds(11))
        #expect(try await texts.entry(for: "k").isStale == false)
        #expect(texts.cached("k") == .hit("old"))
    }

    @Test("A load slower than the soft timeout goes on without its caller, and is what the next one gets")
    func softTimeout() async throws {
        let (levels, texts) = try await staleKey(Self.policy(softTimeout: .milliseconds(20)))
        let other = try Levels(store: levels.store, tier: levels.tier).manager.cache("texts", of: String.self)
        try await other.set("new", for: "k")
        levels.tier.flush()
        let gate = Gate()
        levels.store.gate = gate
        let entry = try await texts.entry(for: "k")
        #expect(entry.value == "old" && entry.isStale)
        for _ in 0..<3 { #expect(try await texts.value(for: "k") == "old", "no caller waits again") }
        #expect(levels.store.readCount == 1)
        #expect(levels.manager.statistics.stale == StaleStatistics(served: 4, softTimeouts: 1))
        gate.open()
        try await eventually { texts.cached("k") == .hit("new") }
    }

    @Test("A load within the soft timeout is waited for, and one of a key without a stale value is too")
    func fastLoad() async throws {
        let (levels, texts) = try await staleKey(Self.policy(softTimeout: .seconds(20)))
        #expect(try await texts.entry(for: "k").isStale == false)
        #expect(try await texts.entry(for: "other").value == nil)
        #expect(levels.manager.statistics.stale == StaleStatistics())
    }

    @Test("A service's loader that fails or dawdles is stood in for as well", arguments: [true, false])
    func loader(isStore: Bool) async throws {
        let levels = try Levels()
        let texts = try levels.manager.cache(
            "texts", of: String.self,
            policy: Self.policy(
                softTimeout: .milliseconds(20), pause: .zero, persistence: isStore ? .store : .levels,
                timeToLive: .seconds(60)))
        // In the store its own expiry bounds the value; in the levels it is a copy that only the TTL bounds.
        #expect(try await texts.value(for: "k") { "old" } == "old")
        levels.clock.advance(by: .seconds(61))
        levels.tier.flush()
        guard !isStore else {
            levels.store.failure = Self.error
            await #expect(throws: Self.error) { try await texts.value(for: "k") { throw Down() } }
            return
        }
        #expect(try await texts.value(for: "k") { throw Down() } == "old")
        let gate = Gate()
        let entry = try await texts.entry(for: "k") {
            await gate.pass()
            return "new"
        }
        #expect(entry.value == "old" && entry.isStale)
        gate.open()
        try await eventually { texts.cached("k") == .hit("new") }
    }

    enum Replacement: CaseIterable {
        case overwritten, removed, invalidatedKey, invalidatedTag, everythingRemoved, missedEvents, overwrittenElsewhere
    }

    @Test("What is known to be replaced is never served as stale", arguments: Replacement.allCases)
    func replaced(_ replacement: Replacement) async throws {
        let (levels, texts) = try await staleKey(Self.policy(negativeTTL: .zero), tags: ["red"])
        let other = try Levels(store: levels.store, tier: levels.tier, backplane: levels.backplane)
        try await levels.running {
            switch replacement {
            case .overwritten: try await texts.set("new", for: "k")
            case .removed: try await texts.remove("k")
            case .invalidatedKey: try await texts.invalidate("k")
            case .invalidatedTag: try await levels.manager.invalidate(tag: "red")
            case .everythingRemoved: try await levels.manager.bytes.removeAll()
            case .missedEvents: levels.backplane.interrupt(because: "a test")
            case .overwrittenElsewhere:
                try await other.manager.cache("texts", of: String.self).set("new", for: "k")
            }
            levels.tier.flush()
            levels.store.failure = Self.error
            if replacement == .overwritten {
                #expect(try await texts.value(for: "k") == "new")
            } else {
                await #expect(throws: Self.error) { try await texts.value(for: "k") }
            }
            #expect(levels.manager.statistics.stale == StaleStatistics())
        }
    }

    @Test("What is replaced while the load that fails is under way is not served either")
    func replacedDuringLoad() async throws {
        let levels = try Levels()
        let texts = try levels.manager.cache("texts", of: String.self, policy: Self.policy())
        for key in ["k", "other"] as [Key] { try await texts.set("old", for: key) }
        levels.clock.advance(by: .seconds(61))
        levels.tier.flush()
        let gate = Gate()
        (levels.store.gate, levels.store.failure) = (gate, Self.error)
        let read = Task { await texts.values(for: ["k", "other"]) }
        await gate.arrivals(1)
        levels.store.failure = nil
        try await texts.remove("k")
        gate.open()
        let values = await read.value
        #expect(throws: Self.error) { try values["k"]?.get() }
        #expect(try values["other"]?.get() == "old")
        #expect(levels.manager.statistics.stale == StaleStatistics(served: 1, failures: 1))
        #expect(texts.cached("k") == .absent)
    }

    @Test("An absence that was read takes a stale value away, also where absences are not kept")
    func absence() async throws {
        let (levels, texts) = try await staleKey(Self.policy(negativeTTL: .zero))
        let other = try Levels(store: levels.store, tier: levels.tier).manager.cache("texts", of: String.self)
        try await other.remove("k")
        levels.tier.flush()
        #expect(try await texts.value(for: "k") == nil)
        levels.store.failure = Self.error
        levels.tier.flush()
        await #expect(throws: Self.error) { try await texts.value(for: "k") }
    }

    @Test("2,000 readers of a stale key make one load and all have an answer by the soft timeout")
    func stampede() async throws {
        let (levels, texts) = try await staleKey(Self.policy(softTimeout: .milliseconds(50)))
        let gate = Gate()
        levels.store.gate = gate
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<2000 {
                group.addTask {
                    let entry = try? await texts.entry(for: "k")
                    #expect(entry?.value == "old")
                }
            }
        }
        #expect(levels.store.readCount == 1)
        #expect(levels.manager.statistics.stale.served == 2000)
        gate.open()
        try await eventually { texts.cached("k") == .hit("old") }
    }
}
