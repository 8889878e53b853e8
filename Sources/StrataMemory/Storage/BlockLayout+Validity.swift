import StrataCore

extension BlockLayout {
    /// Whether a block may be served, its tags aside.
    enum Validity {
        case valid
        /// It is held beyond its deadline, for who asks for such entries.
        case stale
        /// Its deadline has passed.
        case expired
        /// Its domain is not trusted now.
        case untrusted
    }

    /// Whether a block may be served now, its tags aside; the clock is read only where it matters.
    @inline(__always)
    func validity(of block: BlockReference, _ time: TimeSource, _ gate: FreshnessGate) -> Validity {
        if !block.expires, gate.domains == 0 { return .valid }
        let deadline = storedDeadline(block)
        let now = time.now
        if deadline.removal <= now.nanoseconds, !deadline.isNever { return .expired }
        guard gate.isTrusted(domain(block), at: now) else { return .untrusted }
        return deadline.freshUntil <= now.nanoseconds ? .stale : .valid
    }
}
