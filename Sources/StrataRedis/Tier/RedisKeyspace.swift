import StrataCore

/// What keys and Strata's own records are called in Redis.
///
/// ```
/// prefix + key               an entry
/// prefix + 0 + key           an entry whose key begins with a zero byte
/// prefix + 0 + "{log}"       the invalidation log (a stream)
/// prefix + 0 + "{log}:meta"  its nonce and sequence (a hash)
/// prefix + 0 + "tag:" + tag  from which version entries with the tag are valid (a hash, a field per shard)
/// prefix + 0 + "counter"     the last version, when Redis is the store (a string)
/// prefix + 0 + "index"       the keys by position, when Redis is the store (a sorted set)
/// prefix + 0 + "expiries"    the keys by deadline, when Redis is the store (a sorted set)
/// prefix + 0 + "cluster"     the identity of the data, when Redis is the store (a string)
/// prefix + 0 + "{levels}:"   the prefix of what a store keeps here beside a tier
/// ```
/// The hash tags bring to one slot of a cluster what one script changes together. No two of them collide, whatever bytes keys have: after the prefix, a record's name has one zero byte and a letter or brace, an
/// entry's name either no zero byte or two.
struct RedisKeyspace: Sendable {
    let prefix: [UInt8]

    /// The name of a key's entry.
    func name(of key: Key) -> [UInt8] {
        key.bytes.first == 0 ? prefix + [0] + key.bytes : prefix + key.bytes
    }

    /// The key whose entry has this name; nil for a record and for names under another prefix.
    func key(of name: [UInt8]) -> Key? {
        guard name.starts(with: prefix) else { return nil }
        let rest = name.dropFirst(prefix.count)
        guard rest.first == 0 else { return Key(rest) }
        let key = rest.dropFirst()
        return key.first == 0 ? Key(key) : nil
    }

    /// The name of a record.
    func record(_ name: String) -> [UInt8] {
        prefix + [0] + Array(name.utf8)
    }

    /// The name of a tag's record.
    func record(of tag: Tag) -> [UInt8] {
        record("tag:" + tag.name)
    }

    /// A pattern for `SCAN` that everything under the prefix matches.
    var pattern: [UInt8] {
        prefix.flatMap { byte in
            "*?[]\\".utf8.contains(byte) ? [UInt8(ascii: "\\"), byte] : [byte]
        } + [UInt8(ascii: "*")]
    }

    /// Adds the name of a key's entry as an argument.
    func append(_ key: Key, to command: inout RedisCommand) {
        if key.bytes.first == 0 {
            command.append(name(of: key))
        } else {
            command.append(prefix, key.bytes)
        }
    }
}
