public import StrataCore

extension MemoryCache {
    /// Offers an entry: it takes the place of the same or an older version of the key, and others make room for it.
    ///
    /// - Parameters:
    ///   - key: at most 4,095 bytes; with a longer one an entry is too large.
    ///   - content: the value, or the knowledge that there is none.
    ///   - version: what orders it against what is held.
    ///   - deadline: when it stops being valid, `.distantFuture` for never.
    ///   - tags: the labels by which it can be invalidated.
    ///   - domain: the domain of the freshness gate, `0 ..< FreshnessGate.maximumDomains`; anything else traps.
    /// - Returns: what became of it. Complexity: O(length of the key, raw bytes and the tags), plus what has to make room.
    @inlinable
    @discardableResult
    public func insert(
        _ key: Key, _ content: MemoryContent<Value>, version: Version, deadline: Timestamp, tags: [Tag] = [],
        domain: Int = 0
    ) -> InsertOutcome {
        key.bytes.withUnsafeBytes { bytes in
            let (block, charge) = block(bytes, content, deadline: deadline, tags: tags)
            return core.insert(
                bytes, block, holdsValue: content.value != nil, version: version, deadline: deadline, tags: tags,
                domain: domain, charge: charge)
        }
    }

    /// A block of a key and a content, and what its entry is charged; no block when that is more than one entry may take.
    @inlinable
    func block(
        _ key: UnsafeRawBufferPointer, _ content: MemoryContent<Value>, deadline: Timestamp, tags: [Tag]
    ) -> (block: UnsafeMutableRawPointer?, charge: Int) {
        if Value.self == [UInt8].self {
            // The same type, which the compiler sees only where `Value` is known to it.
            let bytes = content.value.map { unsafeBitCast($0, to: [UInt8].self) } ?? []
            let charge = core.charge(
                keyLength: key.count, rawLength: bytes.count, weight: 0, deadline: deadline, tags: tags)
            guard charge <= core.largestEntry else { return (nil, charge) }
            return (bytes.withUnsafeBytes { core.makeBlock(key, isTagged: !tags.isEmpty, raw: $0) }, charge)
        }
        let charge = core.charge(
            keyLength: key.count, rawLength: 0, weight: content.value.map(weigher) ?? 0, deadline: deadline, tags: tags)
        guard charge <= core.largestEntry else { return (nil, charge) }
        let block = core.makeBlock(key, isTagged: !tags.isEmpty)
        if let value = content.value { block.initializeMemory(as: Value.self, to: value) }
        return (block, charge)
    }
}
