import StrataCore

/// What a reader made of bytes.
struct Reading: Equatable {
    private(set) var replies: [RedisReply] = []
    /// The bytes were no replies, from behind `replies` on.
    private(set) var isCorrupt = false

    /// Reads bytes and traps when a reply exceeds the limits or the reader is of use after its error.
    init(of bytes: UnsafeRawBufferPointer, in portions: Portions, limits: RedisReplyLimits) {
        let reader = RedisReplyReader(limits: limits)
        portions.forEach(of: bytes) { portion in
            guard let error = feed(portion, to: reader) else { return true }
            precondition(error.code == .corrupt, "not corrupt but \(error.code)")
            isCorrupt = true
            return false
        }
        for reply in replies { reply.check(limits) }
        guard isCorrupt else { return }
        // What comes after an error is never taken for a reply.
        let count = replies.count
        for text in ["+OK\r\n", "\r\n:1\r\n"] {
            let error = Array(text.utf8).withUnsafeBytes { feed($0, to: reader) }
            precondition(error?.code == .corrupt && replies.count == count, "a reply after the error")
        }
    }

    private mutating func feed(_ bytes: UnsafeRawBufferPointer, to reader: RedisReplyReader) -> StrataError? {
        do throws(StrataError) {
            try reader.read(bytes) { replies.append($0) }
            return nil
        } catch {
            return error
        }
    }

    /// Traps when the replies, written as a server would, are not read as themselves.
    func checkAgain() {
        let encoded = replies.reduce(into: [UInt8]()) { $1.encode(into: &$0) }
        let again = encoded.withUnsafeBytes { Reading(of: $0, in: .whole, limits: RedisReplyLimits()) }
        precondition(again.replies == replies && !again.isCorrupt, "\(replies) were read again as \(again)")
    }
}

extension RedisReply {
    fileprivate func encode(into bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "$-1\r\n".utf8
        case .integer(let number): bytes += ":\(number)\r\n".utf8
        case .status(let text): bytes += "+\(text)\r\n".utf8
        case .error(let text): bytes += "-\(text)\r\n".utf8
        case .bulk(let content):
            bytes += "$\(content.count)\r\n".utf8
            bytes += content
            bytes += "\r\n".utf8
        case .array(let elements):
            bytes += "*\(elements.count)\r\n".utf8
            for element in elements { element.encode(into: &bytes) }
        }
    }
}
