public import StrataCore

extension MemoryCache {
    /// What the level knows of a key. Counts a hit or a miss, and makes an entry that is hit the most recently used.
    ///
    /// What has expired, was invalidated by a tag, or belongs to a domain that is not trusted now is a miss, and so is what is
    /// stale: `entry(_:)` has it.
    /// Complexity: O(length of the key); no allocation on a hit, but for raw bytes, which are copied (`withBytes` reads
    /// them in place).
    @inlinable
    public func lookup(_ key: Key) -> Lookup<Value> {
        key.bytes.withUnsafeBytes { lookup($0) }
    }

    /// What the level knows of a key of these bytes; see `lookup(_: Key)`.
    @inlinable
    public func lookup(_ keyBytes: UnsafeRawBufferPointer) -> Lookup<Value> {
        let access = core.beginRead(keyBytes)
        guard access.holdsValue else { return access.isAbsent ? .absent : .miss }
        defer { access.end() }
        return .hit(MemoryCache.value(at: access.content, count: access.count))
    }

    /// The value at an address.
    ///
    /// - Parameter count: of raw bytes, how many there are.
    @inlinable @inline(__always)
    static func value(at address: UnsafeRawPointer?, count: Int) -> Value {
        if Value.self == [UInt8].self {
            // The same type, which the compiler sees only where `Value` is known to it.
            return unsafeBitCast([UInt8](UnsafeRawBufferPointer(start: address, count: count)), to: Value.self)
        }
        guard let address else { preconditionFailure("a value without an address") }
        return address.assumingMemoryBound(to: Value.self).pointee
    }

    /// The entry of a key with its metadata, when it may be served now or is stale; leaves statistics and recency alone.
    public func entry(_ key: Key) -> MemoryEntry<Value>? {
        key.bytes.withUnsafeBytes { bytes in
            let (stripe, hash) = core.locate(bytes)
            return stripe.withTable { table in
                guard case .hit(let cell) = table.peek(bytes, hash) else { return nil }
                return MemoryCache.entry(cell, of: table)
            }
        }
    }

    /// The entry of a cell with its metadata.
    static func entry(_ cell: CellIndex, of table: borrowing EntryTable) -> MemoryEntry<Value> {
        let block = table.records.block(cell)
        let layout = table.layout
        var content = MemoryContent<Value>.absent
        if block.holdsValue {
            if layout.isRaw {
                let bytes = layout.rawBytes(block)
                content = .value(value(at: bytes.baseAddress, count: bytes.count))
            } else {
                content = .value(value(at: layout.value(block), count: 0))
            }
        }
        return MemoryEntry(
            content: content, version: Version(rawValue: layout.version(block)),
            deadline: Timestamp(nanoseconds: layout.storedDeadline(block).freshUntil),
            staleUntil: Timestamp(nanoseconds: layout.deadline(block)),
            tags: block.isTagged ? table.tags.tags(layout.membership(block)) : [])
    }
}

extension MemoryCache where Value == [UInt8] {
    /// Runs a closure on what the level knows of a key without copying the value: the proxy's way from the entry straight
    /// into the output buffer. Counts and orders as `lookup` does.
    ///
    /// - Parameter body: must be short, because nothing that leaves the cache meanwhile is freed, must not call the cache,
    ///   and must not keep the buffer.
    @inlinable @inline(__always)
    public func withBytes<Result>(
        _ keyBytes: UnsafeRawBufferPointer, _ body: (Lookup<UnsafeRawBufferPointer>) throws -> Result
    ) rethrows -> Result {
        let access = core.beginRead(keyBytes)
        guard access.holdsValue else { return try body(access.isAbsent ? .absent : .miss) }
        defer { access.end() }
        return try body(.hit(UnsafeRawBufferPointer(start: access.content, count: access.count)))
    }
}
