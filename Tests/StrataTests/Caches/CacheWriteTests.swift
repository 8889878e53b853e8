import Strata
import StrataCore
import StrataMemory
import StrataTestSupport
import Testing

@Suite("Writing through the levels")
struct CacheWriteTests {
    @Test("Removing takes the key out of the store and every level")
    func remove() async throws {
        let levels = try Levels()
        let texts = try levels.manager.cache("texts", of: String.self)
        let written = try await texts.set("v", for: "k")
        let removed = try await texts.remove("k")
        #expect(removed.version > written.version)
        #expect(texts.cached("k") == .absent)
        #expect(levels.tier.held("texts:k")?.content == .absent)
        #expect(try await texts.value(for: "k", freshness: .strong) == nil)
    }

    @Test("Invalidating drops the copies and leaves the store alone")
    func invalidate() async throws {
        let levels = try Levels()
        let texts = try levels.manager.cache("texts", of: String.self)
        try await texts.set("v", for: "k")
        try await texts.invalidate("k")
        #expect(texts.cached("k") == .miss)
        #expect(levels.tier.held("texts:k") == nil)
        #expect(try await texts.value(for: "k") == "v")
    }

    @Test("Invalidating a tag drops the copies that carry it")
    func invalidateTag() async throws {
        let levels = try Levels()
        let texts = try levels.manager.cache("texts", of: String.self)
        try await texts.set("a", for: "1", tags: ["red"])
        try await texts.set("b", for: "2", tags: ["blue"])
        try await levels.manager.invalidate(tag: "red")
        #expect(texts.cached("1") == .miss)
        #expect(texts.cached("2") == .hit("b"))
        #expect(levels.tier.invalidatedTags == ["red"])
        #expect(try await texts.value(for: "1") == "a")
        #expect(texts.cached("1") == .hit("a"), "what is read after the invalidation is valid again")
    }

    @Test("The store's expiry bounds every copy")
    func expire() async throws {
        let levels = try Levels()
        let texts = try levels.manager.cache("texts", of: String.self)
        try await texts.set("v", for: "k")
        #expect(try await texts.expire("k", after: .seconds(5)) != nil)
        #expect(texts.cached("k") == .hit("v"))
        levels.clock.advance(by: .seconds(6))
        #expect(texts.cached("k") == .miss)
        #expect(try await texts.expire("absent", after: .seconds(5)) == nil)
    }

    @Test("Entries that live in the levels only never reach the store")
    func levelsOnly() async throws {
        let levels = try Levels()
        let texts = try levels.manager.cache("texts", of: String.self, policy: CachePolicy(persistence: .levels))
        #expect(try await texts.value(for: "k") { "loaded" } == "loaded")
        #expect(texts.cached("k") == .hit("loaded"))
        #expect(try await levels.manager.bytes.count() == 0)
        try await texts.invalidate("k")
        #expect(try await texts.value(for: "k") { "again" } == "again")
    }

    @Test("A write through one process is seen by the memory of the other")
    func twoProcesses() async throws {
        let here = try Levels()
        let there = try Levels(store: here.store, tier: here.tier, backplane: here.backplane)
        let (texts, otherTexts) = (
            try here.manager.cache("texts", of: String.self), try there.manager.cache("texts", of: String.self)
        )
        try await there.running {
            try await texts.set("one", for: "k")
            #expect(try await otherTexts.value(for: "k") == "one")
            try await texts.set("two", for: "k")
            #expect(otherTexts.cached("k") == .miss)
            #expect(try await otherTexts.value(for: "k") == "two")
            // The raw bytes under the same key are the same entry.
            _ = await here.manager.bytes.apply([Mutation(.delete, key: "texts:k")])
            #expect(try await otherTexts.value(for: "k") == nil)
        }
    }

    @Test("A subscriber that may have missed something purges its memory")
    func discontinuity() async throws {
        let levels = try Levels()
        let texts = try levels.manager.cache("texts", of: String.self)
        try await levels.running {
            try await texts.set("v", for: "k")
            levels.backplane.interrupt(because: "the log was trimmed")
            #expect(texts.cached("k") == .miss)
        }
    }

    @Test("What level 2 could not be told is repaired when it is back")
    func repair() async throws {
        let levels = try Levels()
        let texts = try levels.manager.cache("texts", of: String.self)
        try await texts.set("old", for: "k")
        try await levels.running {
            levels.tier.failure = StrataError(.unavailable, "down")
            let receipt = try await texts.set("new", for: "k")
            #expect(!receipt.reachedEveryLevel)
            #expect(levels.tier.held("texts:k") != nil, "level 2 still has the old value")
            levels.tier.failure = nil
            try await eventually { levels.tier.held("texts:k") == nil }
            try await eventually { levels.manager.statistics.undeliveredInvalidations == 0 }
        }
    }

    @Test(
        "What level 2 was not told of is not read from it until that is repaired",
        arguments: ["write", "tag", "removal"])
    func staleLevelTwo(change: String) async throws {
        let levels = try Levels()
        let (bytes, key) = (levels.manager.bytes, Key("k"))
        let old = Mutation(.put([1], tags: ["t"]), key: key)
        let current: Entry.Content
        #expect(await bytes.apply([old])[0].map(\.applied) == .success(true))
        levels.tier.failure = StrataError(.unavailable, "down")
        switch change {
        case "write":
            _ = await bytes.apply([Mutation(.put([2]), key: key)])
            current = .value([2], .string)
        case "tag":
            try await levels.manager.invalidate(tag: "t")
            current = .value([1], .string)
        default:
            try await bytes.removeAll()
            current = .absent
        }
        levels.tier.failure = nil
        #expect(levels.tier.held(key)?.content == .value([1], .string))
        bytes.memory?.removeAll()
        let reads = levels.store.readCount
        #expect(try await bytes.read([key])[0].get().content == current)
        #expect(levels.store.readCount == reads + 1)
        try await levels.running {
            try await eventually { levels.manager.statistics.undeliveredInvalidations == 0 }
        }
        #expect(levels.tier.held(key)?.content != .value([1], .string) || change == "tag")
    }

    @Test("Removing everything empties the store while the levels are down, and them when they are back")
    func removalWithLevelsDown() async throws {
        let beside = ModelStore(name: "beside")
        let levels = try Levels(levelsOnly: .beside(beside))
        let texts = try levels.manager.cache("texts", of: String.self, policy: CachePolicy(persistence: .levels))
        try await texts.set("old", for: "k")
        _ = await levels.manager.bytes.apply([Mutation(.put([1]), key: "k")])
        for failure in [StrataError(.unavailable, "down"), nil] {
            (beside.failure, levels.tier.failure) = (failure, failure)
            if failure != nil { try await levels.manager.bytes.removeAll() }
            #expect(texts.cached("k") == .miss)
            #expect(try await levels.manager.bytes.count() == 0)
            // Back, it still holds what was removed: nothing is read from it, and no write is decided by it.
            await #expect(throws: StrataError.self) { try await texts.value(for: "k") }
            await #expect(throws: StrataError.self) { try await texts.set("lost", for: "k") }
        }
        #expect(try await texts.value(for: "other", orLoad: { "loaded" }) == "loaded")
        _ = await levels.manager.bytes.apply([Mutation(.put([2]), key: "after")])
        try await levels.running {
            try await eventually { levels.manager.statistics.undeliveredInvalidations == 0 }
            #expect(try await beside.count(context: StoreContext(deadline: .now + .seconds(5))) == 0)
            #expect(levels.tier.held("k") == nil)
            #expect(try await texts.value(for: "k") == nil)
            try await texts.set("new", for: "k")
            #expect(try await texts.value(for: "k", freshness: .strong) == "new")
            #expect(try await levels.manager.bytes.count() == 1, "what was written afterwards stays")
        }
    }

    @Test("A store that can't be emptied is an error, and what may have been removed is shown no longer")
    func removalWithStoreDown() async throws {
        let levels = try Levels()
        _ = await levels.manager.bytes.apply([Mutation(.put([1]), key: "k")])
        levels.store.failure = StrataError(.timeout, "no answer")
        await #expect(throws: StrataError.self) { try await levels.manager.bytes.removeAll() }
        #expect(levels.manager.bytes.cached("k") == .miss)
        try await levels.running { try await eventually { levels.tier.held("k") == nil } }
    }

    @Test("A write of unknown outcome leaves no older copy behind")
    func uncertainWrite() async throws {
        let levels = try Levels()
        let texts = try levels.manager.cache("texts", of: String.self)
        try await texts.set("old", for: "k")
        levels.store.failure = StrataError(.timeout, "no answer")
        await #expect(throws: StrataError.self) { try await texts.set("new", for: "k") }
        #expect(texts.cached("k") == .miss)
        levels.store.failure = nil
        try await levels.running {
            try await eventually { levels.tier.held("texts:k") == nil }
        }
    }

    @Test("Names and types of caches are checked")
    func names() throws {
        let levels = try Levels()
        _ = try levels.manager.cache("texts", of: String.self)
        #expect(throws: StrataError.self) { try levels.manager.cache("texts", of: Int.self) }
        for name in ["", "a:b", "a\nb", String(repeating: "x", count: 256)] {
            #expect(throws: StrataError.self) { try levels.manager.cache(name, of: Int.self) }
        }
    }

    @Test("A write that was refused before it was sent leaves the copies valid and nothing to repair")
    func refused() async throws {
        let levels = try Levels()
        let texts = try levels.manager.cache("texts", of: String.self)
        let receipt = try await texts.set("v", for: "k")
        levels.store.failure = StrataError(
            .unavailable, "the circuit is open", origin: "shard-0", isUnsent: true)
        await #expect { try await texts.set("w", for: "k") } throws: { ($0 as? StrataError)?.mayHaveHappened == false }
        await #expect(throws: StrataError.self) { try await texts.remove("k") }
        await #expect(throws: StrataError.self) {
            try await levels.manager.bytes.applyAtomically([Mutation(.put([1]), key: "texts:k")])
        }
        #expect(texts.cached("k") == .hit("v"))
        #expect(levels.tier.held("texts:k")?.version == receipt.version)
        #expect(levels.manager.statistics.undeliveredInvalidations == 0)
    }

    @Test(
        "A write that may have happened takes the copies away and is looked into",
        arguments: [
            StrataError.Code.unavailable, .timeout, .cancelled,
        ])
    func uncertain(code: StrataError.Code) async throws {
        let levels = try Levels()
        let texts = try levels.manager.cache("texts", of: String.self)
        try await texts.set("v", for: "k")
        levels.store.failure = StrataError(code, "no answer")
        await #expect { try await texts.set("w", for: "k") } throws: { ($0 as? StrataError)?.mayHaveHappened == true }
        #expect(texts.cached("k") == .miss)
        #expect(levels.manager.statistics.undeliveredInvalidations == 1)
    }
}
