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
        for stripe in stripes {
            stripe.withState { $0.table.pointee.tags.invalidate(tag) }
        }
    }

    /// Removes every entry. Readers see an empty stripe at once; the time to free the entries is the caller's.
    public func removeAll() {
        for stripe in stripes {
            let old = stripe.exchange { state in
                let old = state.table.pointee.statistics
                var table = EntryTable(
                    capacity: state.table.pointee.capacity, largestEntry: state.table.pointee.largestEntry,
                    policy: state.table.pointee.policy.name, hash: hash, time: time, gate: state.table.pointee.gate)
                table.statistics = old
                table.statistics.count(.invalidated, state.table.pointee.records.count)
                return StripeState(table: table)
            }
            _ = consume old
        }
    }

    private func remove(_ key: Key, where matches: (Version) -> Bool) -> Bool {
        key.bytes.withUnsafeBytes { bytes in
            let (stripe, hash) = locate(bytes)
            return stripe.withDiscarding { state, discarded in
                let cell = state.table.pointee.find(bytes, hash)
                guard cell >= 0, matches(Version(rawValue: state.table.pointee.records[cell].version)) else {
                    return false
                }
                if case .dead(_, let cause) = state.table.pointee.usability(of: cell) {
                    state.drop(cell, cause, &discarded)
                    return false
                }
                state.drop(cell, .invalidated, &discarded)
                return true
            }
        }
    }
}
