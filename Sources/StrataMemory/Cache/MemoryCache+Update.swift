public import StrataCore

extension MemoryCache {
    /// Changes a key's entry in one step that no other call on the key comes between: the basis of read-modify-write where
    /// memory is the only level.
    ///
    /// - Parameters:
    ///   - key: the key.
    ///   - body: gets the entry, nil when there is none that may be served, and answers what to make of it. Runs under the
    ///     stripe's lock: it must be short, and must not call the cache.
    /// - Returns: what the body answered besides.
    /// - Throws: what the body throws; `invalidArgument` when the new value is larger than one entry may be. In both cases
    ///   the entry stays as it was.
    public func update<Result>(
        _ key: Key, _ body: (MemoryEntry<Value>?) throws(StrataError) -> (MemoryUpdate<Value>, Result)
    ) throws(StrataError) -> Result {
        let bytes = key.bytes
        let hash = bytes.withUnsafeBytes { self.hash.hash($0) }
        return try stripe(hash).withDiscarding { (state, discarded) throws(StrataError) -> Result in
            let cell = bytes.withUnsafeBytes { state.table.pointee.find($0, hash) }
            var entry: MemoryEntry<Value>?
            if cell >= 0, case .hit = state.table.pointee.usability(of: cell) { entry = state.entry(cell) }
            let (update, result) = try body(entry)
            switch update {
            case .keep: break
            case .remove:
                if cell >= 0 { state.drop(cell, .invalidated, &discarded) }
            case .set(let content, let version, let deadline, let tags):
                let offer = offer(content, version: version, deadline: deadline, tags: tags, domain: 0)
                guard bytes.withUnsafeBytes({ state.table.pointee.charge($0, offer) }) != nil else {
                    throw StrataError(
                        .invalidArgument,
                        "the value of \(key) is larger than the \(configuration.largestEntryBytes) bytes one entry may take"
                    )
                }
                _ = bytes.withUnsafeBytes {
                    state.insert($0, hash, content, offer, anyVersion: true, &discarded)
                }
            }
            return result
        }
    }
}
