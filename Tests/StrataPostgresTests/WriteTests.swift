import StrataCore
import StrataPostgres
import StrataTestSupport
import Testing

@Suite struct WriteTests {
    @Test func incrementsOfManyTasksAreExact() async throws {
        try await withShard { shard in
            let versions = try await withThrowingTaskGroup(of: [Version].self) { group in
                for _ in 0..<64 {
                    group.addTask {
                        var versions: [Version] = []
                        for _ in 0..<20 {
                            let results = await shard.apply([Mutation(.add(1), key: "counter")], context: .patient)
                            versions.append(try results[0].get().version)
                        }
                        return versions
                    }
                }
                return try await group.reduce(into: []) { $0 += [$1] }
            }
            #expect(try await shard.text("counter") == "1280")
            #expect(Set(versions.joined()).count == 1280, "two writes share a version")
            #expect(versions.allSatisfy { $0 == $0.sorted() }, "a later write of one task has a lower version")
        }
    }

    @Test func mergedPutsAreAnsweredEachWithItsOwn() async throws {
        try await withShard { shard in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<100 {
                    group.addTask {
                        for round in 0..<10 {
                            // Half of the tasks share their keys, so that statements meet on them.
                            let key = Key("merged:\(task % 50)")
                            let outcome = try await shard.put(key, "\(task)-\(round)")
                            #expect(outcome.current?.bytes == Array("\(task)-\(round)".utf8))
                            let entry = try await shard.read([key], context: .patient)[0].get()
                            #expect(entry.version >= outcome.version)
                            let prefixes = ["\(task % 50)-", "\(task % 50 + 50)-"]
                            let text = String(decoding: entry.bytes ?? [], as: UTF8.self)
                            #expect(prefixes.contains { text.hasPrefix($0) }, "\(key) reads \(text)")
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func aWriteThatPostgresRefusesLeavesItsNeighboursAlone() async throws {
        try await withShard { shard in
            _ = try await shard.withConnection { connection in
                try await connection.execute("ALTER TABLE strata.entry ADD CHECK (key NOT LIKE 'poison%'::bytea)")
            }
            let outcomes = await withTaskGroup(of: (Int, Result<MutationOutcome, StrataError>).self) { group in
                for number in 0..<300 {
                    group.addTask {
                        let key = number % 50 == 7 ? Key("poison:\(number)") : Key("healthy:\(number)")
                        let mutation = Mutation(.put([1]), key: key)
                        return (number, await shard.apply([mutation], context: .patient)[0])
                    }
                }
                return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            for (number, outcome) in outcomes {
                switch outcome {
                case .success: #expect(number % 50 != 7, "a refused write was acknowledged")
                case .failure(let error):
                    #expect(number % 50 == 7, "write \(number) failed with its neighbour: \(error)")
                    #expect(error.sqlState == "23514")
                }
            }
            #expect(outcomes.count == 300)
            #expect(try await shard.count(context: .patient) == 294)
        }
    }

    @Test func versionsOfOneKeyIncreaseUnderConcurrentWriters() async throws {
        try await withShard { shard in
            let kinds: [Mutation.Operation] = [.put([1]), .append([2]), .delete, .put([3], tags: ["t"])]
            let versions = await withTaskGroup(of: [Version].self) { group in
                for task in 0..<16 {
                    group.addTask {
                        var versions: [Version] = []
                        for round in 0..<40 {
                            let mutation = Mutation(kinds[(task + round) % kinds.count], key: "contended")
                            let outcome = try? await shard.apply([mutation], context: .patient)[0].get()
                            if let outcome, outcome.applied { versions.append(outcome.version) }
                        }
                        return versions
                    }
                }
                return await group.reduce(into: []) { $0 += [$1] }
            }
            #expect(versions.allSatisfy { $0 == $0.sorted() })
            #expect(Set(versions.joined()).count == versions.joined().count)
            let entry = try await shard.read(["contended"], context: .patient)[0].get()
            #expect(entry.version == versions.joined().max())
        }
    }

    @Test func aDeleteLeavesATombstoneThatIsCollectedIntoItsSlot() async throws {
        try await withShard { shard in
            _ = try await shard.put("gone", "1")
            let deleted = try await shard.apply([Mutation(.delete, key: "gone")], context: .patient)[0].get()
            let kept = try await shard.withConnection { connection in
                try await connection.query(
                    "SELECT version, value IS NULL FROM strata.entry WHERE key = \(Array("gone".utf8))"
                ).map { try $0.decode((Int64.self, Bool.self)) }
            }
            #expect(kept.count == 1 && kept[0].0 == Int64(deleted.version.rawValue) && kept[0].1)
            try await eventually {
                _ = try await shard.withConnection { connection in
                    try await connection.query("SELECT strata.collect(0, 100)")
                }
                return try await shard.withConnection { connection in
                    try await connection.query("SELECT 1 FROM strata.entry").isEmpty
                }
            }
            let entry = try await shard.read(["gone"], context: .patient)[0].get()
            #expect(entry == .absent(version: deleted.version), "the absence lost the tombstone's version")
            let again = try await shard.put("gone", "2")
            #expect(again.version > deleted.version)
        }
    }

    @Test func anOpenTransactionKeepsTombstones() async throws {
        try await withShard { shard in
            _ = try await shard.put("held", "1")
            try await shard.withConnection { holder in
                try await holder.transaction { transaction in
                    try await transaction.query("SELECT 1")
                    _ = await shard.apply([Mutation(.delete, key: "held")], context: .patient)
                    try await shard.withConnection { connection in
                        try await connection.query("SELECT strata.collect(0, 100)")
                        let rows = try await connection.query("SELECT 1 FROM strata.entry")
                        #expect(rows.count == 1, "the tombstone went while a transaction was open")
                    }
                }
            }
        }
    }

    @Test func everyWriteIsInTheChangeTableWithItsTransaction() async throws {
        try await withShard { shard in
            let put = try await shard.put("a", "1").version
            let added = try await shard.apply([Mutation(.add(1), key: "b")], context: .patient)[0].get().version
            try await shard.withConnection { connection in
                let rows = try await connection.query(
                    "SELECT key, version, pg_xact_status(xid) = 'committed' FROM strata.change ORDER BY id")
                let changes = try rows.map { try $0.decode(([UInt8].self, Int64.self, Bool.self)) }
                #expect(changes.map(\.0) == [Array("a".utf8), Array("b".utf8)])
                #expect(changes.map(\.1) == [Int64(put.rawValue), Int64(added.rawValue)])
                #expect(changes.allSatisfy { $0.2 })
            }
        }
    }

    @Test func removingAllUnderWritersLosesNoLaterWrite() async throws {
        try await withShard { shard in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<8 {
                    group.addTask {
                        for round in 0..<60 {
                            let key = Key("flushed:\(task)")
                            let outcome = try await shard.put(key, "\(round)")
                            let entry = try await shard.read([key], context: .patient)[0].get()
                            // Removed meanwhile, or as written: never gone under an older version.
                            #expect(entry.version >= outcome.version)
                        }
                    }
                }
                group.addTask {
                    for _ in 0..<5 { try await shard.removeAll(context: .patient) }
                }
                try await group.waitForAll()
            }
        }
    }
}
