import StrataCore

extension StoreConformance {
    func checkExpiredValuesAreAbsent() async throws {
        let keys = freshKeys(4)
        for key in keys {
            try await write(Mutation(.put([1], tags: ["t"]), key: key, expiry: .after(.milliseconds(40))))
        }
        let written = try await write(Mutation(.put([2]), key: keys[0], expiry: .after(.milliseconds(40))))
        let end = ContinuousClock.now + .seconds(20) + clockTolerance
        while try await read(keys).contains(where: { $0.content != .absent }) {
            try expect(
                ContinuousClock.now < end, "a value of 40 ms is still there after \(.seconds(20) + clockTolerance)")
            try await Task.sleep(for: .milliseconds(5))
        }
        let entry = try await read(keys[0])
        try expect(entry.version >= written.version, "the absence of an expired value is older than the value")
        try expect(entry.tags.isEmpty && entry.remaining == nil, "the absence of an expired value has tags or a time")
        let found = try await scanAll(count: 1000)
        try expect(found[keys[0]] == nil, "a scan shows an expired key")
        let touched = try await apply(Mutation(.touch, key: keys[0], expiry: .never))
        try expect(!touched.applied && !touched.existed, "an expired value can be revived")
        let deleted = try await apply(Mutation(.delete, key: keys[1]))
        try expect(!deleted.applied && !deleted.existed, "deleting an expired key counts as a change")
        let added = try await write(Mutation(.add(5), key: keys[2], returnsPrevious: true))
        try expect(added.current?.bytes == Array("5".utf8), "adding to an expired value does not start at 0")
        try expect(added.previous == nil && !added.existed, "an expired value counts as a previous one")
        try expect(
            added.current?.remaining == nil && added.current?.tags == [], "an expired value leaves its expiry or tags")
        let absence = try await read(keys[3])
        let put = try await write(Mutation(.put([3]), key: keys[3], condition: .ifAbsent))
        try expect(put.version > absence.version, "a value after an expired one has a lower version")
    }

    func checkDeadlines() async throws {
        let keys = freshKeys(3)
        try await write(Mutation(.put([1]), key: keys[0]))
        let past = StoreContext(deadline: .now - .milliseconds(1))
        let began = ContinuousClock.now
        for result in await store.read(keys, context: past) {
            try expect(result, failsWith: .timeout, "a read with a deadline in the past")
        }
        for result in await store.apply([Mutation(.put([2]), key: keys[1])], context: past) {
            try expect(result, failsWith: .timeout, "a write with a deadline in the past")
        }
        try await expectTransaction([Mutation(.put([2]), key: keys[2])], by: past, failsWith: .timeout)
        try expect(
            ContinuousClock.now - began < .seconds(5), "refusing late requests took \(ContinuousClock.now - began)")
        let entry = try await read(keys[0])
        try expect(entry.bytes == [1], "after late requests the store answers \(entry.content.summary)")
    }

    func checkTags() async throws {
        let key = freshKey()
        let tag = Tag("conformance \(key)")
        let first = try await write(Mutation(.put([1], tags: [tag, "other"]), key: key)).version
        let one = try await store.invalidate(tag, context: context)
        try expect(!one.isEmpty, "an invalidation names no shard")
        try expect(one.values.contains { $0 > first }, "no shard's tag version is above \(first): \(one)")
        let entry = try await read(key)
        try expect(entry.bytes == [1] && entry.version == first, "invalidating a tag changed the entry to \(entry)")
        try expect(entry.tags == [tag, "other"], "the entry's tags are \(entry.tags)")
        let second = try await write(Mutation(.put([2], tags: [tag]), key: key)).version
        try expect(
            one.values.contains { $0 > first && $0 <= second },
            "no shard's tag version parts \(first) from \(second): \(one)")
        let two = try await store.invalidate(tag, context: context)
        try expect(two.keys == one.keys, "two invalidations name different shards")
        for (shard, version) in two {
            try expect(version >= one[shard]!, "the tag version of \(shard) went down to \(version)")
        }
        try expect(two.values.contains { $0 > second }, "no shard's second tag version is above \(second): \(two)")
    }
}
