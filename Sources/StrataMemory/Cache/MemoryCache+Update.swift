public import StrataCore

extension MemoryCache {
    /// Changes a key's entry in one step that no other call on the key comes between: the basis of read-modify-write where
    /// memory is the only level.
    ///
    /// - Parameters:
    ///   - key: the key.
    ///   - body: gets the entry, nil when there is none that may be served or is stale, and answers what to make of it. Runs
    ///     under the stripe's lock: it must be short, and must not call the cache.
    /// - Returns: what the body answered besides.
    /// - Throws: what the body throws; `invalidArgument` when the new value is larger than one entry may be. In both cases
    ///   the entry stays as it was.
    public func update<Result>(
        _ key: Key, _ body: (MemoryEntry<Value>?) throws(StrataError) -> (MemoryUpdate<Value>, Result)
    ) throws(StrataError) -> Result {
        let bytes = key.bytes
        let (stripe, hash) = bytes.withUnsafeBytes { core.locate($0) }
        defer { core.settleBudget() }
        return try core.mutate(stripe) { (table, pending) throws(StrataError) -> Result in
            let cell = bytes.withUnsafeBytes { table.find($0, hash) }
            var entry: MemoryEntry<Value>?
            if cell >= 0, case .hit = table.usability(of: cell) { entry = MemoryCache.entry(cell, of: table) }
            let (update, result) = try body(entry)
            switch update {
            case .keep: break
            case .remove:
                if cell >= 0 { table.remove(cell, .invalidated) }
            case .set(let content, let version, let fresh, let period, let tags):
                let deadline = StoredDeadline(fresh, staleFor: period)
                let (block, charge) = bytes.withUnsafeBytes {
                    self.block($0, content, version: version, deadline: deadline.stored, tags: tags, domain: 0)
                }
                guard !block.isNone else {
                    throw StrataError(
                        .invalidArgument,
                        "the entry of \(key) is larger than the \(core.largestEntry) bytes one may take in memory")
                }
                let offer = EntryTable.Offer(
                    block: block, version: version, deadline: deadline.removalTime, tags: tags, charge: charge)
                _ = bytes.withUnsafeBytes { table.insert($0, hash, offer, anyVersion: true, pending: pending) }
            }
            return result
        }
    }
}
