import NIOConcurrencyHelpers
import Strata
import StrataCore
import StrataTestSupport
import Testing

@Suite("Reading through the levels")
struct CacheReadTests {
    private struct User: Codable, Hashable, Sendable {
        var name: String
    }

    @Test("A value comes from the first level that has it, and fills those above")
    func levels() async throws {
        let levels = try Levels()
        let users = try levels.manager.cache("users", of: User.self, policy: CachePolicy(jitter: 0))
        try await users.set(User(name: "Ada"), for: "1")
        #expect(users.cached("1") == .hit(User(name: "Ada")))
        #expect(levels.store.readCount == 0)

        levels.clock.advance(by: .seconds(61))
        #expect(users.cached("1") == .miss)
        #expect(try await users.value(for: "1") == User(name: "Ada"))
        #expect(levels.store.readCount == 0, "level 2 answered")
        #expect(users.cached("1") == .hit(User(name: "Ada")))

        levels.clock.advance(by: .seconds(61))
        levels.tier.flush()
        #expect(try await users.value(for: "1") == User(name: "Ada"))
        #expect(levels.store.readCount == 1)
        // A reader has its answer before level 2 is told.
        try await eventually { levels.tier.held("users:1")?.bytes != nil }
        let statistics = levels.manager.statistics
        #expect(statistics.redis == LevelStatistics(hits: 1, misses: 1))
        #expect(statistics.store == LevelStatistics(hits: 1, misses: 0))
    }

    @Test("Reads of one round share a request to level 2, and none waits for what another has to ask the store for")
    func roundsAndCallers() async throws {
        let levels = try Levels()
        let bytes = levels.manager.bytes
        for key in ["quick", "slow"] as [Key] { _ = await bytes.apply([Mutation(.put(Array("value".utf8)), key: key)]) }
        levels.clock.advance(by: .seconds(61))
        levels.tier.flush()
        _ = await bytes.read(["quick"])
        try await eventually { levels.tier.held("quick")?.bytes != nil }
        levels.clock.advance(by: .seconds(61))

        let gate = Gate()
        levels.store.gate = gate
        let asked = levels.tier.readCount
        let executor = StepExecutor()
        let answered = NIOLockedValueBox<[Key]>([])
        let readers = (["slow", "quick"] as [Key]).map { key in
            Task(executorPreference: executor) {
                let answer = await bytes.read([key])[0]
                answered.withLockedValue { $0.append(key) }
                return answer
            }
        }
        try await eventually {
            executor.run()
            return answered.withLockedValue { $0 } == ["quick"]
        }
        gate.open()
        try await eventually {
            executor.run()
            return answered.withLockedValue(\.count) == 2
        }
        for reader in readers { #expect(try await reader.value.get().bytes == Array("value".utf8)) }
        #expect(levels.tier.readCount == asked + 1)
        #expect(levels.store.readCount == 2, "one to fill level 2, one for the slow key")
    }

    @Test("Absent, empty, zero and unknown are four different things at every level")
    func absences() async throws {
        let levels = try Levels()
        let texts = try levels.manager.cache("texts", of: String.self, policy: CachePolicy(jitter: 0))
        let numbers = try levels.manager.cache("numbers", of: Int.self, policy: CachePolicy(jitter: 0))
        let optionals = try levels.manager.cache("optionals", of: Int?.self, policy: CachePolicy(jitter: 0))
        try await texts.set("", for: "empty")
        try await numbers.set(0, for: "zero")
        try await optionals.set(nil, for: "null")
        for _ in 0..<3 {
            #expect(try await texts.value(for: "empty") == "")
            #expect(try await numbers.value(for: "zero") == 0)
            #expect(try await optionals.value(for: "null") == .some(nil))
            #expect(try await texts.value(for: "absent") == nil)
            #expect(texts.cached("absent") == .absent)
            #expect(texts.cached("unknown") == .miss)
            levels.clock.advance(by: .seconds(61))
        }
        try await eventually { levels.tier.held("texts:absent")?.content == .absent }
        try await eventually { levels.tier.held("texts:empty")?.bytes != nil }
        #expect(levels.tier.held("texts:unknown") == nil)
    }

    @Test("An absence is believed for the negative TTL and not longer")
    func negativeTTL() async throws {
        let policy = CachePolicy(
            memory: .init(ttl: .seconds(60), negativeTTL: .seconds(2)),
            shared: .init(ttl: .seconds(60), negativeTTL: .zero), jitter: 0)
        let levels = try Levels()
        let texts = try levels.manager.cache("texts", of: String.self, policy: policy)
        #expect(try await texts.value(for: "k") == nil)
        #expect(levels.tier.held("texts:k") == nil)
        #expect(try await texts.value(for: "k") == nil)
        #expect(levels.store.readCount == 1)
        levels.clock.advance(by: .seconds(3))
        #expect(texts.cached("k") == .miss)
        #expect(try await texts.value(for: "k") == nil)
        #expect(levels.store.readCount == 2)
    }

    @Test("2,000 concurrent reads of one missing key cause one load")
    func singleFlight() async throws {
        let levels = try Levels()
        let users = try levels.manager.cache("users", of: User.self)
        let loads = NIOLockedValueBox(0)
        let gate = Gate()
        try await withThrowingTaskGroup(of: User?.self) { group in
            for _ in 0..<2000 {
                group.addTask {
                    try await users.value(for: "1") {
                        loads.withLockedValue { $0 += 1 }
                        await gate.pass()
                        return User(name: "Ada")
                    }
                }
            }
            await gate.arrivals(1)
            gate.open()
            for try await user in group { #expect(user == User(name: "Ada")) }
        }
        #expect(loads.withLockedValue { $0 } == 1)
        #expect(levels.store.readCount == 1)
        #expect(users.cached("1") == .hit(User(name: "Ada")))
    }

    @Test("A cancelled caller leaves at once and the load goes on for the others")
    func cancellationOfOne() async throws {
        let levels = try Levels()
        let users = try levels.manager.cache("users", of: User.self)
        let gate = Gate()
        let load: @Sendable () async throws -> User? = {
            await gate.pass()
            return User(name: "Ada")
        }
        let first = Task { try await users.value(for: "1", orLoad: load) }
        await gate.arrivals(1)
        let second = Task { try await users.value(for: "1", orLoad: load) }
        first.cancel()
        await #expect { try await first.value } throws: { ($0 as? StrataError)?.code == .cancelled }
        gate.open()
        #expect(try await second.value == User(name: "Ada"))
    }

    @Test("When the last caller leaves, the load is cancelled")
    func cancellationOfAll() async throws {
        let levels = try Levels()
        let users = try levels.manager.cache("users", of: User.self)
        let (cancelled, continuation) = AsyncStream<Void>.makeStream()
        let gate = Gate()
        let load: @Sendable () async throws -> User? = {
            await withTaskCancellationHandler {
                await gate.pass()
            } onCancel: {
                continuation.yield()
            }
            return nil
        }
        let callers = (0..<3).map { _ in Task { try await users.value(for: "1", orLoad: load) } }
        await gate.arrivals(1)
        for caller in callers { caller.cancel() }
        for caller in callers { _ = await caller.result }
        for await _ in cancelled { break }
        gate.open()
    }

    @Test("A loader's error reaches every caller and is not kept")
    func loaderFails() async throws {
        struct Broken: Error {}
        let levels = try Levels()
        let users = try levels.manager.cache("users", of: User.self)
        await #expect(throws: Broken.self) { try await users.value(for: "1") { throw Broken() } }
        #expect(try await users.value(for: "1") { User(name: "Ada") } == User(name: "Ada"))
    }

    @Test("What a loader did not find is remembered apart from what the store does not have")
    func loadedAbsence() async throws {
        let levels = try Levels()
        let users = try levels.manager.cache("users", of: User.self, policy: CachePolicy(jitter: 0))
        let loads = NIOLockedValueBox(0)
        #expect(try await users.value(for: "1") == nil, "the store has none, and no loader was asked")
        for _ in 0..<3 {
            let user = try await users.value(for: "1") {
                loads.withLockedValue { $0 += 1 }
                return nil
            }
            #expect(user == nil)
        }
        #expect(loads.withLockedValue { $0 } <= 3)
        #expect(users.cached("1") == .absent)
    }

    @Test("Many keys are one question to each level, and one to the loader")
    func many() async throws {
        let levels = try Levels()
        let users = try levels.manager.cache("users", of: User.self)
        try await users.set(User(name: "0"), for: "0")
        let asked = NIOLockedValueBox<[[Key]]>([])
        let keys = (0..<100).map { Key("\($0)") }
        let values = await users.values(for: keys) { keys in
            asked.withLockedValue { $0.append(keys) }
            return Dictionary(uniqueKeysWithValues: keys.dropLast().map { ($0, User(name: $0.description)) })
        }
        #expect(levels.store.readCount == 1)
        #expect(levels.tier.readCount == 1)
        #expect(asked.withLockedValue { $0.map(\.count) } == [99])
        #expect(values.count == 100)
        #expect(try values["0"]?.get() == User(name: "0"))
        #expect(try values["50"]?.get() == User(name: "50"))
        #expect(try values["99"]!.get() == nil)
    }

    @Test("A read that must be strong asks the store, and one with a version what is new enough")
    func freshness() async throws {
        let levels = try Levels()
        let texts = try levels.manager.cache("texts", of: String.self)
        let first = try await texts.set("one", for: "k")
        // Another process writes, and its invalidation is still under way.
        let other = try Levels(store: levels.store, tier: ModelTier())
        let second = try await other.manager.cache("texts", of: String.self).set("two", for: "k")
        #expect(try await texts.value(for: "k") == "one")
        #expect(try await texts.value(for: "k", freshness: .atLeast(first.version)) == "one")
        #expect(try await texts.value(for: "k", freshness: .atLeast(second.version)) == "two")
        #expect(texts.cached("k") == .hit("two"), "memory took the newer version")
        #expect(try await texts.value(for: "k", freshness: .strong) == "two")
    }

    @Test("An invalidation during a load keeps what was loaded out of memory")
    func fence() async throws {
        let levels = try Levels(tier: ModelTier())
        let texts = try levels.manager.cache("texts", of: String.self)
        let other = try Levels(store: levels.store, tier: levels.tier, backplane: levels.backplane)
        let otherTexts = try other.manager.cache("texts", of: String.self)
        try await otherTexts.set("old", for: "k")
        levels.tier.flush()
        try await levels.running {
            let gate = Gate()
            levels.store.gate = gate
            let read = Task { try await texts.value(for: "k") }
            await gate.arrivals(1)
            try await otherTexts.set("new", for: "k")
            gate.open()
            #expect(try await read.value == "old", "the read began before the write")
            #expect(texts.cached("k") == .miss, "the old value must not stay")
            #expect(try await texts.value(for: "k") == "new")
        }
    }

    @Test("Level 2 out of reach makes reads slower and not wrong")
    func tierDown() async throws {
        let levels = try Levels()
        let texts = try levels.manager.cache("texts", of: String.self)
        levels.tier.failure = StrataError(.unavailable, "down")
        let receipt = try await texts.set("v", for: "k")
        #expect(!receipt.reachedEveryLevel)
        levels.clock.advance(by: .seconds(61))
        #expect(try await texts.value(for: "k") == "v")
    }

    @Test("The store's error reaches the caller of a key that no level has")
    func storeDown() async throws {
        let levels = try Levels()
        let texts = try levels.manager.cache("texts", of: String.self)
        try await texts.set("v", for: "held")
        levels.store.failure = StrataError(.unavailable, "the shard is down", origin: "shard-1")
        #expect(try await texts.value(for: "held") == "v")
        await #expect { try await texts.value(for: "other") } throws: { "\($0)" == "shard-1: the shard is down" }
    }

    @Test("Bytes that another serializer wrote are a clear error, not nonsense")
    func foreignBytes() async throws {
        let levels = try Levels()
        let users = try levels.manager.cache("users", of: User.self)
        _ = await levels.manager.bytes.apply([Mutation(.put(Array("hello".utf8)), key: "users:1")])
        await #expect { try await users.value(for: "1") } throws: {
            ($0 as? StrataError)?.code == .serialization && "\($0)".contains("key '1'")
        }
    }
}
