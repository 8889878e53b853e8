public import StrataCore

extension MemoryCache {
    /// Removes a key's entry when its version is below this one.
    ///
    /// - Returns: whether there was one.
    @discardableResult
    public func invalidate(_ key: Key, below version: Version) -> Bool {
        remove(key) { $0 < version }
    }

    /// Removes a key's entry, whatever its version.
    ///
    /// - Returns: whether there was one that had not expired.
    @discardableResult
    public func remove(_ key: Key) -> Bool {
        remove(key) { _ in true }
    }

    /// Makes all entries that carry the tag now unusable, and removes them bit by bit later. Complexity: O(stripes).
    public func invalidate(_ tag: Tag) {
        for stripe in core.stripes {
            stripe.withTable { $0.tags.invalidate(tag) }
        }
    }

    /// Removes every entry. Readers see an empty stripe at once; the time to free the entries is the caller's.
    public func removeAll() {
        for stripe in core.stripes { core.empty(stripe) }
    }

    private func remove(_ key: Key, where matches: (Version) -> Bool) -> Bool {
        key.bytes.withUnsafeBytes { bytes in
            let (stripe, hash) = core.locate(bytes)
            return core.mutate(stripe) { table, _ in
                let cell = table.find(bytes, hash)
                guard cell >= 0, matches(Version(rawValue: table.layout.version(table.records.block(cell)))) else {
                    return false
                }
                if case .dead(_, let cause) = table.usability(of: cell) {
                    table.remove(cell, cause)
                    return false
                }
                table.remove(cell, .invalidated)
                return true
            }
        }
    }
}
