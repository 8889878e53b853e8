import Logging
import StrataCore
import StrataPostgres
import StrataTestSupport
import Testing

@Suite struct FencingTests {
    @Test func oldEpochsAndForeignSlotsAreRefusedInsideTheDatabase() async throws {
        let key: Key = "fenced"
        let other: Key = "elsewhere"
        #expect(Slot(of: key) != Slot(of: other))
        try await withShard(install: false) { shard in
            let installation = try await shard.install(epoch: Epoch(rawValue: 5), owned: [Slot(of: key)])
            #expect(installation.ownedSlots == 1)
            for (epoch, works) in [(4 as UInt64, false), (5, true), (9, true)] {
                let context = StoreContext(epoch: Epoch(rawValue: epoch), deadline: .now + .seconds(30))
                for operation in [Mutation.Operation.put([1]), .append([2])] {
                    let results = await shard.apply(
                        [Mutation(operation, key: key), Mutation(operation, key: other)], context: context)
                    #expect(results[0].code == (works ? nil : .notOwned))
                    #expect(results[1].code == .notOwned)
                }
                let reads = await shard.read([key, other], context: context)
                #expect(reads.map(\.code) == [works ? nil : .notOwned, .notOwned])
            }
            let old = StoreContext(epoch: Epoch(rawValue: 4), deadline: .now + .seconds(30))
            await #expect(throws: StrataError.self) {
                try await shard.applyAtomically([Mutation(.put([3]), key: key)], context: old)
            }
            await #expect(throws: StrataError.self) { try await shard.removeAll(context: old) }
            #expect(try await shard.count(context: .patient) == 1)
        }
    }

    @Test func anotherClusterOrShardIsRefused() async throws {
        let url = try await SharedServer.shared.database()
        let identity = ClusterIdentity.random()
        try await withShard(url: url, install: false) { shard in
            let first = try await shard.install(identity: identity).identity
            let second = try await shard.install().identity
            #expect(first == identity && second == identity)
            let error = await #expect(throws: StrataError.self) { try await shard.install(identity: .random()) }
            #expect(error?.code == .incompatible && error?.origin == "shard-0")
        }
        try await withShard(url: url, name: "shard-1", install: false) { shard in
            let error = await #expect(throws: StrataError.self) { try await shard.install(identity: identity) }
            #expect(error?.code == .incompatible && error?.message.contains("shard-0") == true)
        }
    }

    @Test func eightNodesInstallAtOnce() async throws {
        let url = try await SharedServer.shared.database()
        let identities = try await withThrowingTaskGroup(of: ClusterIdentity.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await withShard(url: url, install: false) { try await $0.install().identity }
                }
            }
            return try await group.reduce(into: Set<ClusterIdentity>()) { $0.insert($1) }
        }
        #expect(identities.count == 1)
    }

    @Test func newerAndAlteredSchemasAreRefused() async throws {
        let url = try await SharedServer.shared.database()
        try await withShard(url: url) { shard in
            try await shard.withConnection { connection in
                try await connection.execute("INSERT INTO strata.migration VALUES (99, 'from the future', 1)")
            }
            let newer = await #expect(throws: StrataError.self) { try await shard.install() }
            #expect(newer?.code == .incompatible && newer?.message.contains("99") == true)
            try await shard.withConnection { connection in
                try await connection.execute("DELETE FROM strata.migration WHERE number = 99")
                try await connection.execute("UPDATE strata.migration SET checksum = checksum + 1")
            }
            let altered = await #expect(throws: StrataError.self) { try await shard.install() }
            #expect(altered?.code == .incompatible && altered?.message.contains("migration 1") == true)
        }
    }

    @Test func asynchronousCommitHasToBeAllowed() async throws {
        let server = try await PostgresServer.start(settings: ["synchronous_commit": "off"])
        try await withShard(url: server.url(), install: false) { shard in
            let error = await #expect(throws: StrataError.self) { try await shard.install() }
            #expect(error?.code == .configuration && error?.message.contains("synchronous_commit") == true)
        }
        let configure: (inout PostgresConfiguration) -> Void = { $0.allowsAsynchronousCommit = true }
        try await withShard(url: server.url(), configure: configure) { shard in
            _ = try await shard.put("a", "1")
        }
    }

    @Test func theCatalogKeepsTheFirstMapAndComparesBeforeItReplaces() async throws {
        try await withShard(install: false) { shard in
            let catalog = PostgresCatalog(shard)
            let deadline = ContinuousClock.now + .seconds(30)
            let identity = try await catalog.identity(deadline: deadline)
            #expect(try await catalog.identity(seed: identity, deadline: deadline) == identity)
            #expect(try await catalog.currentMap(deadline: deadline) == nil)
            let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                for node in 0..<4 as Range<UInt8> {
                    group.addTask {
                        try await catalog.replaceMap(
                            with: CatalogMap(epoch: Epoch(rawValue: 1), bytes: [node]), at: .none, deadline: deadline)
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(winners == 1)
            #expect(try await catalog.currentMap(deadline: deadline)?.epoch == Epoch(rawValue: 1))
            let next = CatalogMap(epoch: Epoch(rawValue: 2), bytes: [9])
            #expect(try await catalog.replaceMap(with: next, at: Epoch(rawValue: 1), deadline: deadline))
            #expect(try await catalog.currentMap(deadline: deadline) == next)
            #expect(try await catalog.register(shards: ["b", "a"], deadline: deadline) == ["b", "a"])
            #expect(try await catalog.register(shards: ["a", "c"], deadline: deadline) == ["b", "a", "c"])
            try await catalog.raiseGenerations(of: [Slot(3)], to: 7, deadline: deadline)
            try await catalog.raiseGenerations(of: [Slot(3), Slot(4)], to: 5, deadline: deadline)
            #expect(try await catalog.generations(deadline: deadline) == [Slot(3): 7, Slot(4): 5])
        }
    }
}

extension Result where Failure == StrataError {
    /// The code of the error; nil for a success.
    var code: StrataError.Code? {
        if case .failure(let error) = self { error.code } else { nil }
    }
}
