import StrataCore
import StrataTestSupport
import Testing

@testable import StrataRedis

@Suite struct RedisStoreTests {
    private func withStore<Output>(
        _ body: (RedisStore, RedisClient, RedisServer) async throws -> Output
    ) async throws -> Output {
        try await withRedis(RedisSettings(prefix: "s:")) { server, client in
            try await body(RedisStore(client: client, cluster: testCluster), client, server)
        }
    }

    private var context: StoreContext { StoreContext(deadline: .soon) }

    @Test(.timeLimit(.minutes(5)), arguments: StoreConformance.Check.allCases)
    func conforms(check: StoreConformance.Check) async throws {
        try await withStore { store, _, _ in try await StoreConformance(store).run(check) }
    }

    @Test func processesDoNotLoseEachOthersAdditions() async throws {
        try await withStore { _, client, server in
            // Stores that know nothing of each other, as in different processes.
            try await withClient(port: server.port, RedisSettings(prefix: "s:")) { other in
                let stores = [client, other, client].map { RedisStore(client: $0, cluster: testCluster) }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for store in stores {
                        for _ in 0..<8 {
                            group.addTask {
                                for _ in 0..<20 {
                                    let results = await store.apply(
                                        [Mutation(.add(1), key: "sum")], context: StoreContext(deadline: .soon))
                                    _ = try results[0].get()
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let entry = try await stores[0].read(["sum"], context: context)[0].get()
                #expect(entry.bytes == Array("480".utf8))
            }
        }
    }

    @Test func versionsRiseAcrossAServerThatLostEverything() async throws {
        try await withStore { store, _, server in
            let before = try await store.apply([Mutation(.put([1]), key: "a")], context: context)[0].get().version
            try await server.restart()
            var after: Version?
            try await eventually {
                after = try? await store.apply([Mutation(.put([2]), key: "a")], context: context)[0].get().version
                return after != nil
            }
            #expect(try #require(after) > before)
        }
    }

    @Test func expiredKeysLeaveNothingBehind() async throws {
        try await withStore { store, client, _ in
            let mutations = (0..<300).map {
                Mutation(.put([1]), key: Key("k\($0)"), expiry: .after(.milliseconds(20)))
            }
            for result in await store.apply(mutations, context: context) { _ = try result.get() }
            try await eventually { try await store.count(context: context) == 0 }
            // Index and deadlines are empty and therefore gone; the counter stays.
            #expect(try await client.send(words: "DBSIZE") == .integer(1))
        }
    }

    @Test func garbageIsAnErrorUntilItIsOverwritten() async throws {
        try await withStore { store, client, _ in
            _ = try await client.send(words: "SET", "s:bad", "garbage of some length, no envelope")
            let entries = await store.read(["bad", "good"], context: context)
            #expect(failure(of: entries[0])?.code == .corrupt)
            #expect(try entries[1].get().content == .absent)
            let added = await store.apply([Mutation(.add(1), key: "bad")], context: context)
            #expect(failure(of: added[0])?.code == .corrupt)
            let put = await store.apply([Mutation(.put([7]), key: "bad")], context: context)
            #expect(try put[0].get().applied)
            #expect(try await store.read(["bad"], context: context)[0].get().bytes == [7])
        }
    }

    @Test func dataOfAnotherClusterIsRefused() async throws {
        try await withStore { store, client, _ in
            _ = await RedisStore(client: client, cluster: .random()).apply(
                [Mutation(.put([1]), key: "a")], context: context)
            let entries = await store.read(["a"], context: context)
            #expect(failure(of: entries[0])?.code == .incompatible)
            let identity = try await RedisStore.identity(of: client, deadline: .soon)
            #expect(try await RedisStore.identity(of: client, deadline: .soon) == identity)
        }
    }

    @Test func aServerThatIsGoneIsAnErrorPerKey() async throws {
        try await withStore { store, _, server in
            _ = await store.read(["a"], context: context)
            server.kill()
            try await eventually { await store.health(context: context)[0].isDown }
            let read = await store.read(["a", "b"], context: context)
            #expect(read.compactMap { failure(of: $0)?.code } == [.unavailable, .unavailable])
            let applied = await store.apply(
                [Mutation(.put([1]), key: "a"), Mutation(.add(1), key: "b")], context: context)
            #expect(applied.compactMap { failure(of: $0)?.code } == [.unavailable, .unavailable])
        }
    }

    @Test func aBusyKeyIsLeftAtTheDeadlineAndOnCancellation() async throws {
        try await withStore { store, _, _ in
            let gate = store.gate
            let held = AsyncStream.makeStream(of: Void.self)
            let release = AsyncStream.makeStream(of: Void.self)
            let holder = Task {
                try await gate.holding(["k"], deadline: .soon) { () async throws(StrataError) in
                    held.continuation.yield()
                    for await _ in release.stream { break }
                }
            }
            for await _ in held.stream { break }
            let late = await #expect(throws: StrataError.self) {
                try await gate.holding(["a", "k"], deadline: .now + .milliseconds(30)) { () async throws(StrataError) in
                }
            }
            #expect(late?.code == .timeout)
            let cancelled = Task {
                try await gate.holding(["k"], deadline: .soon) { () async throws(StrataError) in }
            }
            cancelled.cancel()
            let error = await #expect(throws: StrataError.self) { try await cancelled.value }
            #expect(error?.code == .cancelled)
            // What was given up holds nothing.
            try await gate.holding(["a"], deadline: .soon) { () async throws(StrataError) in }
            release.continuation.yield()
            try await holder.value
            try await gate.holding(["k"], deadline: .soon) { () async throws(StrataError) in }
        }
    }
}
