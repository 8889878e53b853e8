public import StrataCore

extension MemoryCache {
    /// Offers an entry: it takes the place of the same or an older version of the key, and others make room for it.
    ///
    /// - Parameters:
    ///   - key: at most 4,095 bytes; with a longer one an entry is too large.
    ///   - content: the value, or the knowledge that there is none.
    ///   - version: what orders it against what is held.
    ///   - deadline: when it stops being valid, `.distantFuture` for never.
    ///   - period: how much longer it is held as a stale entry, which only `entry(_:)` and `update(_:_:)` show; rounded down
    ///     to milliseconds, and to 11 binary digits of them.
    ///   - tags: the labels by which it can be invalidated.
    ///   - domain: the domain of the freshness gate, `0 ..< FreshnessGate.maximumDomains`; anything else traps.
    /// - Returns: what became of it. Complexity: O(length of the key, raw bytes and the tags), plus what has to make room.
    @inlinable
    @discardableResult
    public func insert(
        _ key: Key, _ content: MemoryContent<Value>, version: Version, deadline: Timestamp,
        staleFor period: Duration = .zero, tags: [Tag] = [], domain: Int = 0
    ) -> InsertOutcome {
        precondition((0..<FreshnessGate.maximumDomains).contains(domain), "freshness domain \(domain)")
        let deadline = StoredDeadline(deadline, staleFor: period)
        return key.bytes.withUnsafeBytes { bytes in
            let (block, charge) = block(
                bytes, content, version: version, deadline: deadline.stored, tags: tags, domain: domain)
            return core.insert(
                bytes, block, version: version, deadline: deadline.removalTime, tags: tags, charge: charge)
        }
    }

    /// A block of a key and a content, and what its entry is charged; none when that is more than one entry may take.
    @inlinable
    func block(
        _ key: UnsafeRawBufferPointer, _ content: MemoryContent<Value>, version: Version, deadline: Timestamp,
        tags: [Tag], domain: Int
    ) -> (block: BlockReference, charge: Int) {
        if Value.self == [UInt8].self {
            // The same type, which the compiler sees only where `Value` is known to it.
            guard let bytes = content.value.map({ unsafeBitCast($0, to: [UInt8].self) }) else {
                return core.rawBlock(
                    key, copying: nil, version: version, deadline: deadline, tags: tags, domain: domain)
            }
            return bytes.withUnsafeBytes {
                core.rawBlock(key, copying: $0, version: version, deadline: deadline, tags: tags, domain: domain)
            }
        }
        let charge = core.charge(
            keyLength: key.count, rawLength: 0, weight: content.value.map(weigher) ?? 0, deadline: deadline, tags: tags,
            domain: domain)
        guard charge <= core.largestEntry else { return (.none, charge) }
        let block = core.makeBlock(
            key, holdsValue: content.value != nil, version: version, deadline: deadline, isTagged: !tags.isEmpty,
            domain: domain)
        if let value = content.value { core.value(block).initializeMemory(as: Value.self, to: value) }
        return (block, charge)
    }
}

extension MemoryCache where Value == [UInt8] {
    /// Offers a value as bytes that lie elsewhere, in an input buffer for example, and are copied once, straight into the
    /// entry; else as `insert` does with a key and an array.
    ///
    /// - Parameters:
    ///   - keyBytes: at most 4,095 bytes; with more an entry is too large.
    ///   - bytes: the value.
    ///   - version: what orders it against what is held.
    ///   - deadline: when it stops being valid, `.distantFuture` for never.
    ///   - period: how much longer it is held as a stale entry.
    ///   - tags: the labels by which it can be invalidated.
    ///   - domain: the domain of the freshness gate, `0 ..< FreshnessGate.maximumDomains`; anything else traps.
    /// - Returns: what became of it. Complexity: O(bytes and tags), plus what has to make room.
    @inlinable
    @discardableResult
    public func insert(
        _ keyBytes: UnsafeRawBufferPointer, copying bytes: UnsafeRawBufferPointer, version: Version,
        deadline: Timestamp, staleFor period: Duration = .zero, tags: [Tag] = [], domain: Int = 0
    ) -> InsertOutcome {
        precondition((0..<FreshnessGate.maximumDomains).contains(domain), "freshness domain \(domain)")
        let deadline = StoredDeadline(deadline, staleFor: period)
        let (block, charge) = core.rawBlock(
            keyBytes, copying: bytes, version: version, deadline: deadline.stored, tags: tags, domain: domain)
        return core.insert(
            keyBytes, block, version: version, deadline: deadline.removalTime, tags: tags, charge: charge)
    }
}
