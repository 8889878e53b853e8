public import NIOConcurrencyHelpers
public import StrataCore

extension MemoryCache {
    /// What the level knows of a key. Counts a hit or a miss, and makes an entry that is hit the most recently used.
    ///
    /// What has expired, was invalidated by a tag, or belongs to a domain that is not trusted now is a miss.
    /// Complexity: O(length of the key); no allocation on a hit.
    @inlinable
    public func lookup(_ key: Key) -> Lookup<Value> {
        key.bytes.withUnsafeBytes { lookup($0) }
    }

    /// What the level knows of a key of these bytes; see `lookup(_: Key)`.
    @inlinable
    public func lookup(_ keyBytes: UnsafeRawBufferPointer) -> Lookup<Value> {
        let (stripe, hash) = locate(keyBytes)
        return stripe.withDiscarding { state, discarded in
            switch state.table.pointee.hit(keyBytes, hash) {
            case .hit(let cell):
                switch state.contents.pointer(to: cell).pointee {
                case .value(let value): return .hit(value)
                case .absent: return .absent
                }
            case .miss: return .miss
            case .dead(let cell, let cause):
                state.drop(cell, cause, &discarded)
                return .miss
            }
        }
    }

    /// The entry of a key with its metadata, when it may be served now; leaves statistics and recency alone.
    public func entry(_ key: Key) -> MemoryEntry<Value>? {
        key.bytes.withUnsafeBytes { bytes in
            let (stripe, hash) = locate(bytes)
            return stripe.withState { state in
                guard case .hit(let cell) = state.table.pointee.peek(bytes, hash) else { return nil }
                return state.entry(cell)
            }
        }
    }
}

extension MemoryCache where Value == [UInt8] {
    /// Runs a closure on what the level knows of a key without copying the value: the proxy's way from the entry straight
    /// into the output buffer. Counts and orders as `lookup` does.
    ///
    /// - Parameter body: runs under the stripe's lock when there is a hit; it must be short, must not call the cache, and
    ///   must not keep the buffer.
    @inlinable
    public func withBytes<Result>(
        _ keyBytes: UnsafeRawBufferPointer, _ body: (Lookup<UnsafeRawBufferPointer>) throws -> Result
    ) rethrows -> Result {
        let (stripe, hash) = locate(keyBytes)
        var discarded = DiscardedContents<Value>()
        stripe.lock.lock()
        switch stripe.state.pointee.table.pointee.hit(keyBytes, hash) {
        case .hit(let cell):
            defer { stripe.lock.unlock() }
            switch stripe.state.pointee.contents.pointer(to: cell).pointee {
            case .value(let value): return try value.withUnsafeBytes { try body(.hit($0)) }
            case .absent: return try body(.absent)
            }
        case .miss:
            stripe.lock.unlock()
        case .dead(let cell, let cause):
            stripe.state.pointee.drop(cell, cause, &discarded)
            stripe.lock.unlock()
        }
        return try body(.miss)
    }
}
