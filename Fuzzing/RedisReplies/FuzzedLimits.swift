/// The limits under which everything is examined.
enum FuzzedLimits {
    /// Some that inputs of a few hundred bytes come up against, and those of a client that sets none.
    static let all = [
        RedisReplyLimits(
            maximumElements: 12, maximumDepth: 3, maximumBytes: 1024, maximumBulkBytes: 100, maximumLineBytes: 64),
        RedisReplyLimits(),
    ]
}

extension RedisReply {
    /// Traps when the reply is larger than the limits allow.
    func check(_ limits: RedisReplyLimits) {
        precondition(elementCount <= limits.maximumElements, "\(elementCount) elements")
        precondition(depth <= limits.maximumDepth, "arrays \(depth) deep")
        precondition(smallestEncoding <= limits.maximumBytes, "\(smallestEncoding) bytes")
        checkLeaves(limits)
    }

    private func checkLeaves(_ limits: RedisReplyLimits) {
        switch self {
        case .bulk(let bytes):
            precondition(bytes.count <= limits.maximumBulkBytes, "a bulk string of \(bytes.count) bytes")
        // Bytes that are no UTF-8 were repaired, which makes more bytes but no more characters of them.
        case .status(let text), .error(let text):
            let count = text.unicodeScalars.count
            precondition(count <= limits.maximumLineBytes, "a line of \(count)")
        case .array(let elements): for element in elements { element.checkLeaves(limits) }
        case .null, .integer: break
        }
    }

    private var elementCount: Int { (elements ?? []).reduce(elements?.count ?? 0) { $0 + $1.elementCount } }

    private var depth: Int { elements.map { 1 + ($0.map(\.depth).max() ?? 0) } ?? 0 }

    /// The fewest bytes that it can have had.
    private var smallestEncoding: Int {
        switch self {
        case .null: 5
        case .integer(let number): 3 + "\(number)".utf8.count
        case .bulk(let bytes): 5 + "\(bytes.count)".utf8.count + bytes.count
        case .status(let text), .error(let text): 3 + text.unicodeScalars.count
        case .array(let elements): elements.reduce(3 + "\(elements.count)".utf8.count) { $0 + $1.smallestEncoding }
        }
    }
}
