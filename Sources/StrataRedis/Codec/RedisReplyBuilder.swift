/// Puts one reply together from the pieces the parser finds, within limits.
///
/// Invariant: `open` holds the arrays that are still being filled, the outermost first; each has fewer elements than it
/// will have. No memory is reserved by a declared length, so what a reply costs is bounded by the bytes that were received.
struct RedisReplyBuilder {
    private struct OpenArray {
        var elements: [RedisReply]
        var count: Int
    }

    let limits: RedisReplyLimits
    /// The reply once it is complete.
    private(set) var complete: RedisReply?
    /// The limit that the reply exceeds.
    private(set) var violation: String?
    private var open: [OpenArray] = []
    private var elementCount = 0

    init(limits: RedisReplyLimits) {
        self.limits = limits
    }

    /// Whether a bulk string or a line of so many bytes may be added.
    mutating func accepts(_ length: Int, isBulk: Bool) -> Bool {
        violation = isBulk ? limits.violation(ofBulk: length) : limits.violation(ofLine: length)
        return violation == nil
    }

    /// Adds a piece that is no array.
    mutating func add(_ reply: RedisReply) {
        if open.isEmpty {
            complete = reply
            return
        }
        var reply = reply
        while let last = open.indices.last {
            open[last].elements.append(reply)
            guard open[last].elements.count == open[last].count else { return }
            reply = .array(open.removeLast().elements)
        }
        complete = reply
    }

    /// Begins an array of so many elements.
    ///
    /// - Returns: false when a limit forbids it.
    mutating func beginArray(of count: Int) -> Bool {
        // A difference can't overflow, which a sum with what the server declares could.
        guard count >= 0, count <= limits.maximumElements - elementCount else {
            violation = "more than \(limits.maximumElements) elements"
            return false
        }
        elementCount += count
        guard open.count < limits.maximumDepth else {
            violation = "arrays nested more than \(limits.maximumDepth) deep"
            return false
        }
        if count == 0 {
            add(.array([]))
        } else {
            // A little room saves the first growth steps; a lie about the length costs no more than that.
            var elements: [RedisReply] = []
            elements.reserveCapacity(min(count, 64))
            open.append(OpenArray(elements: elements, count: count))
        }
        return true
    }

    /// The complete reply; the builder is empty afterwards. Nil when there is none.
    mutating func take() -> RedisReply? {
        defer {
            complete = nil
            elementCount = 0
        }
        return open.isEmpty ? complete : nil
    }
}
