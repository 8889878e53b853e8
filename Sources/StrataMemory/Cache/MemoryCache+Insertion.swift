public import StrataCore

extension MemoryCache {
    /// Offers an entry: it takes the place of the same or an older version of the key, and others make room for it.
    ///
    /// - Parameters:
    ///   - content: the value, or the knowledge that there is none.
    ///   - version: what orders it against what is held.
    ///   - deadline: when it stops being valid, `.distantFuture` for never.
    ///   - tags: the labels by which it can be invalidated.
    ///   - domain: the domain of the freshness gate, `0 ..< FreshnessGate.maximumDomains`; anything else traps.
    /// - Returns: what became of it. Complexity: O(length of the key and the tags), plus what has to make room.
    @inlinable
    @discardableResult
    public func insert(
        _ key: Key, _ content: MemoryContent<Value>, version: Version, deadline: Timestamp, tags: [Tag] = [],
        domain: Int = 0
    ) -> InsertOutcome {
        let offer = offer(content, version: version, deadline: deadline, tags: tags, domain: domain)
        return key.bytes.withUnsafeBytes { bytes in
            let (stripe, hash) = locate(bytes)
            return stripe.withDiscarding { state, discarded in
                state.insert(bytes, hash, content, offer, anyVersion: false, &discarded)
            }
        }
    }

    @inlinable
    func offer(
        _ content: MemoryContent<Value>, version: Version, deadline: Timestamp, tags: [Tag], domain: Int
    ) -> EntryTable.Offer {
        let value = content.value
        return EntryTable.Offer(
            version: version, deadline: deadline, tags: tags, domain: domain, weight: value.map(weigher) ?? 0,
            holdsValue: value != nil)
    }
}
