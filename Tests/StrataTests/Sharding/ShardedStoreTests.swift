import NIOConcurrencyHelpers
import Strata
import StrataCore
import StrataSharding
import StrataTestSupport
import Testing

@Suite("One store made of shards")
struct ShardedStoreTests {
    private static let names = ["a", "b", "c"]

    private let shards = names.map { ModelStore(name: $0, now: nil) }

    private var context: StoreContext { StoreContext(deadline: .now + .seconds(60)) }

    private func store() throws -> ShardedStore<ModelStore> {
        try ShardedStore(map: ShardMap(assigning: Self.names.map { ShardDescriptor(name: $0) }), shards: shards)
    }

    @Test("It puts every key where the map says, and finds it there again")
    func routing() async throws {
        let store = try store()
        let keys = (0..<300).map { Key("key\($0)") }
        _ = await store.apply(keys.map { Mutation(.put($0.bytes), key: $0) }, context: context)
        for shard in shards {
            let page = try await shard.scan(from: .start, count: 1000, context: context)
            #expect(page.keys.count > 60)
            for (key, _) in page.keys { #expect(store.shard(for: key) === shard) }
        }
        for (key, answer) in zip(keys, await store.read(keys, context: context)) {
            #expect(try answer.get().bytes == key.bytes)
        }
        #expect(shards.map(\.readCount) == [1, 1, 1], "one question to each shard")
        #expect(try await store.count(context: context) == 300)
    }

    @Test("A failing shard fails its own keys alone")
    func isolation() async throws {
        let store = try store()
        shards[1].failure = StrataError(.unavailable, "down", origin: "b")
        let keys = (0..<100).map { Key("key\($0)") }
        for (key, answer) in zip(keys, await store.read(keys, context: context)) {
            switch answer {
            case .success: #expect(store.shard(for: key) !== shards[1])
            case .failure(let error): #expect(store.shard(for: key) === shards[1] && error.origin == "b")
            }
        }
        #expect(
            await store.health(context: context).map { "\($0.name) \($0.isDown)" } == ["a false", "b true", "c false"])
    }

    @Test("A refusal fetches the newer map, and the request goes to the new owner")
    func moved() async throws {
        let map = try ShardMap(assigning: Self.names.map { ShardDescriptor(name: $0) })
        let key: Key = "k"
        let target = Self.names.first { $0 != map.shard(of: key).name }!
        let newer = try map.moving([Slot(of: key)], to: target)
        let fetched = NIOLockedValueBox(0)
        let store = try ShardedStore(map: map, shards: shards) { (_) throws(StrataError) in
            fetched.withLockedValue { $0 += 1 }
            return newer
        }
        store.shard(for: key).failure = StrataError(.notOwned, "the slot has moved")
        let outcome = await store.apply([Mutation(.put([1]), key: key)], context: context)[0]
        #expect(try outcome.get().applied)
        #expect(store.map == newer)
        #expect(store.shard(for: key).name == target)
        #expect(fetched.withLockedValue { $0 } == 1)
    }

    @Test("Without a newer map, the refusal is the answer, and not later than the deadline")
    func notMoved() async throws {
        let map = try ShardMap(assigning: Self.names.map { ShardDescriptor(name: $0) })
        let store = try ShardedStore(map: map, shards: shards) { (_) throws(StrataError) in map }
        for shard in shards { shard.failure = StrataError(.notOwned, "the slot has moved") }
        let context = StoreContext(deadline: .now + .milliseconds(200))
        let answer = await store.read(["k"], context: context)[0]
        #expect(throws: StrataError(.notOwned, "the slot has moved")) { try answer.get() }
    }

    @Test("Transactions stay within a slot, and a map must name known shards")
    func refusals() async throws {
        let store = try store()
        await #expect {
            try await store.applyAtomically(
                [Mutation(.put([1]), key: "a"), Mutation(.put([1]), key: "b")], context: context)
        } throws: { ($0 as? StrataError)?.code == .invalidArgument }
        #expect(throws: StrataError.self) {
            try ShardedStore(map: ShardMap(assigning: [ShardDescriptor(name: "x")]), shards: shards)
        }
    }

    @Test("It keeps the contract of a store", arguments: StoreConformance.Check.allCases)
    func conforms(check: StoreConformance.Check) async throws {
        try await StoreConformance(try store()).run(check)
    }
}
