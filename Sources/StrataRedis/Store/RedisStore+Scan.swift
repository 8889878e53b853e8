public import StrataCore

extension RedisStore {
    /// A page of the index, and a second round trip for the types of its keys.
    public func scan(
        from start: KeyPosition, count: Int, context: StoreContext
    ) async throws(StrataError) -> ScanPage {
        guard (1...10_000).contains(count) else {
            throw StrataError(.invalidArgument, "a page of a scan has 1 ... 10,000 keys, not \(count)")
        }
        let call = RedisStoreScripts.page.call(
            keys: [records[1]], arguments: [Array("\(start.rawValue)".utf8), Array("\(count)".utf8)])
        let reply = try await client.evaluate([call], at: place, deadline: context.deadline)[0]
        guard let parts = reply.elements, parts.count == 2, let words = parts[0].elements,
            let isFull = parts[1].integer, words.count.isMultiple(of: 2)
        else { throw located(.unexpected(reply, to: "EVALSHA")) }

        let names = stride(from: 0, to: words.count, by: 2).compactMap { words[$0].bytes }
        guard !names.isEmpty else { return ScanPage(keys: [], next: nil) }
        let commands = names.map { name in
            var command = RedisCommand("GETRANGE", name)
            command.append(0)
            command.append(2)
            return command
        }
        let heads = try await client.send(commands, at: place, deadline: context.deadline)
        var keys: [(key: Key, type: EntryType)] = []
        for (name, head) in zip(names, heads) {
            // An expired key is in the index until it is swept.
            guard let bytes = head.bytes, bytes.count == 3, bytes[0] == Envelope.format,
                let key = keyspace.key(of: name)
            else { continue }
            keys.append((key, EntryType(rawValue: bytes[2])))
        }
        let last = keyspace.key(of: names[names.count - 1]).map(KeyPosition.init(of:))
        return ScanPage(keys: keys, next: isFull == 1 ? last?.next : nil)
    }

    /// Sweeps what has expired, then answers the size of the index. Complexity: O(keys expired since the last sweep).
    public func count(context: StoreContext) async throws(StrataError) -> Int {
        let batch: Int64 = 1000
        while true {
            let call = RedisStoreScripts.sweep.call(
                keys: [records[1], records[2]], arguments: [Array("\(batch)".utf8)])
            let swept = try await client.evaluate([call], at: place, deadline: context.deadline)[0]
            guard let due = swept.integer else { throw located(.unexpected(swept, to: "EVALSHA")) }
            if due < batch { break }
        }
        let reply = try await client.send(RedisCommand("ZCARD", records[1]), at: place, deadline: context.deadline)
        guard let count = reply.integer else { throw located(.unexpected(reply, to: "ZCARD")) }
        return Int(count)
    }
}
