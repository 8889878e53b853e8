import StrataCore
import StrataTestSupport
import Testing

@testable import StrataRedis

@Suite struct RedisTierTests {
    private func withTier<Output>(
        prefix: String = "t:", retention: RedisTier.Retention = RedisTier.Retention(),
        shardName: @escaping @Sendable (Key) -> String = { _ in "" },
        _ body: (RedisTier, RedisClient) async throws -> Output
    ) async throws -> Output {
        try await withRedis(RedisSettings(prefix: prefix)) { _, client in
            try await body(
                RedisTier(client: client, cluster: testCluster, retention: retention, shardName: shardName), client)
        }
    }

    private func version(_ number: UInt64) -> Version { Version(generation: 3, sequence: number) }

    private func value(_ text: String, _ number: UInt64, remaining: Duration? = nil, tags: [StrataCore.Tag] = [])
        -> Entry
    {
        .string(Array(text.utf8), version: version(number), remaining: remaining, tags: tags)
    }

    @Test func absentEmptyAndUnknownAreThreeThings() async throws {
        try await withTier { (tier, _) async throws in
            #expect(await tier.put("empty", value("", 1)))
            #expect(await tier.put("absent", .absent(version: version(2))))
            #expect(await tier.put("zero", value("0", 3)))
            let answers = await tier.read(["empty", "absent", "unknown", "zero"], deadline: .soon)
            #expect(
                try answers.map { try $0.get() } == [value("", 1), .absent(version: version(2)), nil, value("0", 3)])
            #expect(await tier.read([], deadline: .soon).isEmpty)
        }
    }

    @Test func theNewerVersionWinsInEitherOrder() async throws {
        try await withTier { (tier, _) async throws in
            // The halves of a version are compared as numbers: the second pair differs in the upper one only.
            let pairs = [
                (version(5), version(6)), (Version(rawValue: 0xFFFF_FFFF), Version(rawValue: 0x1_0000_0000)),
                (Version(generation: 1, sequence: 9), Version(generation: 2, sequence: 1)),
                (Version(rawValue: (1 << 53) + 0), Version(rawValue: (1 << 53) + 1)),
            ]
            for (index, (older, newer)) in pairs.enumerated() {
                for newerFirst in [true, false] {
                    let key = Key("\(index) \(newerFirst)")
                    let old = Entry.string([1], version: older)
                    let new = Entry.string([2], version: newer)
                    let taken = [
                        await tier.put(key, newerFirst ? new : old), await tier.put(key, newerFirst ? old : new),
                    ]
                    #expect(taken == [true, !newerFirst])
                    #expect(try await tier.get(key) == new)
                    #expect(await tier.put(key, new) == false)
                }
            }
            // Values and absences alike.
            #expect(await tier.put("a", value("x", 7)))
            #expect(await tier.put("a", .absent(version: version(8))))
            #expect(await tier.put("a", value("late", 7)) == false)
            #expect(try await tier.get("a") == .absent(version: version(8)))
        }
    }

    @Test func anInvalidatedKeyIsAMissAndRefusesOlderFills() async throws {
        try await withTier { (tier, _) async throws in
            for (key, held, taken) in [("older", 4, true), ("same", 5, true), ("newer", 6, false)]
                as [(Key, UInt64, Bool)]
            {
                #expect(await tier.put(key, value("v", held)))
                _ = await tier.invalidate([(key, version(5))], deadline: .soon)
                #expect(try await tier.get(key) == (taken ? nil : value("v", held)))
            }
            _ = await tier.invalidate([("unknown", version(5))], deadline: .soon)
            #expect(try await tier.get("unknown") == nil)
            #expect(await tier.put("unknown", value("late", 4)) == false)
            #expect(try await tier.get("unknown") == nil)
            // The write that the invalidation told of may be filled in.
            #expect(await tier.put("unknown", value("current", 5)))
            #expect(try await tier.get("unknown") == value("current", 5))
        }
    }

    @Test func copiesLiveAsLongAsTheyMay() async throws {
        try await withTier { (tier, client) async throws in
            #expect(await tier.put("short", value("v", 1), lifetime: .milliseconds(80)))
            #expect(await tier.put("content", value("v", 1, remaining: .seconds(3000))))
            #expect(await tier.put("over", value("v", 1, remaining: .zero)) == false)
            #expect(await tier.put("over", value("v", 1), lifetime: .zero) == false)
            let entry = try await tier.get("content")
            let remaining = try #require(entry?.remaining)
            #expect(remaining <= .seconds(3000) && remaining > .seconds(2900))
            // The life of the copy is not the life of the content.
            #expect(await tier.put("copy", value("v", 1), lifetime: .seconds(50)))
            #expect(try await tier.get("copy")?.remaining == nil)
            let life = try await client.send(words: "PTTL", "t:copy").integer ?? -1
            #expect((1...50_000).contains(life))
            try await eventually { try await tier.get("short") == nil }
            #expect(await tier.put("short", value("v", 1)))
        }
    }

    @Test func garbageIsAnErrorOfItsKeyAloneAndIsOverwritten() async throws {
        try await withTier { (tier, client) async throws in
            _ = try await client.send(words: "SET", "t:bad", "not an envelope of ours, but long enough")
            _ = try await client.send(words: "SET", "t:short", "x")
            _ = try await client.send(words: "LPUSH", "t:list", "x")
            #expect(await tier.put("good", value("v", 1)))
            let answers = await tier.read(["bad", "good", "short", "list"], deadline: .soon)
            #expect(failure(of: answers[0])?.code == .corrupt)
            #expect(failure(of: answers[0])?.description.contains("bad") == true)
            #expect(try answers[1].get() == value("v", 1))
            #expect(failure(of: answers[2])?.code == .corrupt)
            #expect(try answers[3].get() == nil)
            for key in ["bad", "short", "list"] as [Key] {
                #expect(await tier.put(key, value("new", 1)))
                #expect(try await tier.get(key) == value("new", 1))
            }
        }
    }

    @Test func entriesOfAnotherClusterAreNothing() async throws {
        try await withTier { (tier, client) async throws in
            let other = RedisTier(client: client, cluster: .random())
            #expect(await other.put("a", value("theirs", 100)))
            #expect(try await tier.get("a") == nil)
            #expect(await tier.put("a", value("ours", 1)))
            #expect(try await tier.get("a") == value("ours", 1))
            #expect(try await other.get("a") == nil)
        }
    }

    @Test func tagsInvalidateWhatIsOlderOnTheirShard() async throws {
        let shardName: @Sendable (Key) -> String = { $0.bytes.first == 0x62 ? "b" : "a" }
        try await withTier(shardName: shardName) { (tier, _) async throws in
            #expect(await tier.put("a1", value("v", 5, tags: ["red", "green"])))
            #expect(await tier.put("a2", value("v", 7, tags: ["red"])))
            #expect(await tier.put("a3", value("v", 5, tags: ["green"])))
            #expect(await tier.put("b1", value("v", 5, tags: ["red"])))
            try await tier.invalidate("red", below: ["a": version(7), "b": version(2)], deadline: .soon)
            let answers = await tier.read(["a1", "a2", "a3", "b1", "none"], deadline: .soon)
            #expect(
                try answers.map { try $0.get() } == [
                    nil, value("v", 7, tags: ["red"]), value("v", 5, tags: ["green"]), value("v", 5, tags: ["red"]),
                    nil,
                ])
            // A late fill from before is not served, and an older invalidation changes nothing.
            #expect(await tier.put("a4", value("late", 6, tags: ["red"])))
            #expect(try await tier.get("a4") == nil)
            try await tier.invalidate("red", below: ["a": version(3)], deadline: .soon)
            #expect(try await tier.get("a4") == nil)
            #expect(try await tier.get("a2") == value("v", 7, tags: ["red"]))
        }
    }

    @Test func keysOfAnyBytesKeepApartFromTheTiersOwnRecords() async throws {
        try await withTier(prefix: "") { tier, client in
            let keys: [Key] = [
                Key([]), Key([0]), Key([0, 0]), Key("\u{0}log"), Key("\u{0}tag:red"), Key("\u{0}\u{0}tag:red"),
                "tag:red",
                Key([UInt8](0...255)),
            ]
            try await tier.invalidate("red", below: ["": version(2)], deadline: .soon)
            for (index, key) in keys.enumerated() { #expect(await tier.put(key, value("\(index)", 5, tags: ["red"]))) }
            let answers = await tier.read(keys, deadline: .soon)
            #expect(try answers.map { try $0.get()?.bytes } == keys.indices.map { Array("\($0)".utf8) })
            #expect(try await client.send(words: "DBSIZE") == .integer(Int64(keys.count) + 1))
        }
    }

    @Test func removingAllSparesOtherPrefixesAndTheTiersRecords() async throws {
        try await withTier(prefix: "a*[b]?\\:") { tier, client in
            _ = try await client.send(words: "SET", "axb1:", "somebody's")
            let offers = (0..<2500).map { TierOffer(key: Key("k\($0)"), entry: value("v", 1), lifetime: .seconds(60)) }
            _ = await tier.offer(offers, deadline: .soon)
            try await tier.invalidate("red", below: ["": version(7)], deadline: .soon)
            try await RedisInvalidationLog(client: client).publish([.everything], deadline: .soon)
            try await tier.removeAll(deadline: .soon)
            #expect(try await tier.get("k1") == nil)
            #expect(await tier.put("k1", value("late", 1, tags: ["red"])))
            #expect(try await tier.get("k1") == nil)
            // Somebody's key, the tag's record, the log and its meta, the late fill.
            #expect(try await client.send(words: "DBSIZE") == .integer(5))
        }
    }

    @Test func aServerThatIsGoneIsAnErrorPerKey() async throws {
        try await withRedis { server, client in
            let tier = RedisTier(client: client, cluster: testCluster)
            #expect(await tier.health(deadline: .soon).map(\.state) == [.serving])
            server.kill()
            try await eventually { await tier.health(deadline: .soon)[0].isDown }
            let began = ContinuousClock.now
            let answers = await tier.read(["a", "b"], deadline: .soon)
            #expect(answers.compactMap { failure(of: $0)?.code } == [.unavailable, .unavailable])
            let offered = await tier.offer(
                [TierOffer(key: "a", entry: value("v", 1), lifetime: .seconds(1))], deadline: .soon)
            #expect(failure(of: offered[0])?.code == .unavailable)
            #expect(ContinuousClock.now - began < .seconds(5))
            #expect(await tier.health(deadline: .soon)[0].error?.code == .unavailable)
        }
    }
}

extension RedisTier {
    fileprivate func put(_ key: Key, _ entry: Entry, lifetime: Duration = .seconds(600)) async -> Bool {
        let results = await offer([TierOffer(key: key, entry: entry, lifetime: lifetime)], deadline: .soon)
        do throws(StrataError) {
            return try results[0].get()
        } catch {
            Issue.record("offering \(key) failed: \(error)")
            return false
        }
    }

    fileprivate func get(_ key: Key) async throws -> Entry? {
        try await read([key], deadline: .soon)[0].get()
    }
}
