/// How large one reply may be; a connection whose server goes beyond it is closed.
public struct RedisReplyLimits: Hashable, Sendable {
    /// The most elements in all arrays of one reply, `1 ...`.
    public var maximumElements: Int
    /// How deep arrays may be nested, `1 ... 7`; hiredis knows no more.
    public var maximumDepth: Int
    /// The most bytes of one reply, `1024 ...`.
    public var maximumBytes: Int
    /// The most bytes of one bulk string, `1 ...`; refused when it is declared, before its bytes come.
    public var maximumBulkBytes: Int
    /// The most bytes of a line, such as a status or a length, `64 ...`; refused before its end comes.
    public var maximumLineBytes: Int

    public init(
        maximumElements: Int = 1 << 20, maximumDepth: Int = 7, maximumBytes: Int = 512 << 20,
        maximumBulkBytes: Int = 512 << 20, maximumLineBytes: Int = 64 << 10
    ) {
        precondition(maximumElements >= 1 && (1...7).contains(maximumDepth) && maximumBytes >= 1024)
        precondition(maximumBulkBytes >= 1 && maximumLineBytes >= 64)
        self.maximumElements = maximumElements
        self.maximumDepth = maximumDepth
        self.maximumBytes = maximumBytes
        self.maximumBulkBytes = maximumBulkBytes
        self.maximumLineBytes = maximumLineBytes
    }

    /// The limit that an item exceeds of which not all bytes have come.
    ///
    /// hiredis waits for the end of a line or of a bulk string however long it takes, so both are looked at before that.
    /// - Parameter rest: The item's bytes after the one of its type. When they begin with a whole line, it is the length of
    ///   a bulk string: every other item ends with its line.
    /// - Complexity: O(n) in the length of the first line.
    func violation(ofUnfinished rest: UnsafeRawBufferPointer) -> String? {
        var length = 0
        for (index, byte) in rest.enumerated() {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let (product, overflow) = length.multipliedReportingOverflow(by: 10)
                // A status may be a long row of digits; as a length, the largest number is too large as well.
                length = overflow ? .max : max(product, product &+ Int(byte - UInt8(ascii: "0")))
            case UInt8(ascii: "\r") where index > 0 && index + 1 < rest.count && rest[index + 1] == UInt8(ascii: "\n"):
                return violation(ofBulk: length)
            default: return violation(ofUnfinishedLine: rest)
            }
        }
        return violation(ofUnfinishedLine: rest)
    }

    /// The limit that a bulk string of so many bytes exceeds.
    func violation(ofBulk length: Int) -> String? {
        let most = min(maximumBulkBytes, maximumBytes)
        return length > most ? "a bulk string of more than \(most) bytes" : nil
    }

    /// The limit that a line of so many bytes exceeds, its end not counted.
    func violation(ofLine length: Int) -> String? {
        length > maximumLineBytes ? "a line of more than \(maximumLineBytes) bytes" : nil
    }

    private func violation(ofUnfinishedLine rest: UnsafeRawBufferPointer) -> String? {
        // The last byte may be the first of the line's end.
        violation(ofLine: rest.last == UInt8(ascii: "\r") ? rest.count - 1 : rest.count)
    }
}
