import StrataCore

extension BlockLayout {
    /// Whether a block may be served, its tags aside.
    enum Validity {
        case valid
        /// Its deadline has passed.
        case expired
        /// Its domain is not trusted now.
        case untrusted
    }

    /// Whether a block may be served now, its tags aside; the clock is read only where it matters.
    @inline(__always)
    func validity(of block: BlockReference, _ time: TimeSource, _ gate: FreshnessGate) -> Validity {
        if !block.expires, gate.domains == 0 { return .valid }
        let now = time.now
        if block.expires, deadline(block) <= now.nanoseconds { return .expired }
        return gate.isTrusted(domain(block), at: now) ? .valid : .untrusted
    }
}
