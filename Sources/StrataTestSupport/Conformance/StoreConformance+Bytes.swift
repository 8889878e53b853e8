import StrataCore

extension StoreConformance {
    func checkBinaryKeysAndValues() async throws {
        try await store.removeAll(context: context)
        let every = [UInt8](0...255)
        let keys: [Key] = [
            Key([]), Key([0]), Key([0, 0]), Key([0xFF]), Key([0xC3, 0x28]), Key(every), Key([0x27, 0x5C, 0x22, 0x3B]),
            Key([UInt8](repeating: 0, count: Key.maximumLength)), "a", Key([0x61, 0]),
        ]
        let sizes = [0, 1, 255, 256, 8191, 65_536, 1 << 20]
        for (index, key) in keys.enumerated() {
            let size = sizes[index % sizes.count]
            let value = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ index) }
            let outcome = try await write(Mutation(.put(value), key: key))
            try expect(outcome.current?.bytes == value, "\(size) bytes under \(key) do not come back with the outcome")
            let entry = try await read(key)
            try expect(entry.bytes == value, "\(size) bytes under \(key) read as \(entry.content.summary)")
        }
        let entries = try await read(keys)
        for (index, entry) in entries.enumerated() {
            try expect(
                entry.bytes?.count == sizes[index % sizes.count], "the keys \(keys[index]) and another are mixed up")
        }
        let found = try await scanAll(count: 3)
        try expect(Set(found.keys) == Set(keys), "a scan finds \(found.keys.sorted()) of \(keys)")
        let large = [UInt8](repeating: 0xAB, count: 1 << 20)
        let many = freshKeys(4)
        for result in await store.apply(many.map { Mutation(.put(large), key: $0) }, context: context) {
            _ = try result.get()
        }
        try expect(try await read(many).allSatisfy { $0.bytes == large }, "a batch of 1 MB values reads otherwise")
    }

    func checkKeyLimits() async throws {
        let longest = Key([UInt8](repeating: 0xEE, count: Key.maximumLength))
        let tooLong = Key([UInt8](repeating: 0xEE, count: Key.maximumLength + 1))
        try await write(Mutation(.put([1]), key: longest))
        try expect(try await read(longest).bytes == [1], "the longest key does not read back")
        let results = await store.apply([Mutation(.put([1]), key: tooLong)], context: context)
        try expect(results.count == 1, "one mutation got \(results.count) results")
        try expect(results[0], failsWith: .invalidArgument, "writing a key that is too long")
        try await expectTransaction([Mutation(.put([1]), key: tooLong)], failsWith: .invalidArgument)
        let empty = await store.apply([], context: context)
        let nothing = await store.read([], context: context)
        try expect(empty.isEmpty && nothing.isEmpty, "an empty request has results")
    }
}
