package import NIOCore

/// Cuts a stream of bytes, however it is sliced, into replies.
///
/// Source: the Redis serialization protocol specification, RESP2, and the null of RESP3.
package struct ReplyParser: Sendable {
    /// The longest line and the longest bulk string, in bytes; what is longer is taken for garbage.
    private static let maximumLine = 64 * 1024
    private static let maximumBulk = 512 * 1024 * 1024

    private var buffer = ByteBuffer()

    package init() {}

    /// Takes bytes that arrived.
    package mutating func append(_ bytes: inout ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            buffer.discardReadBytes()
            buffer.writeBuffer(&bytes)
        }
    }

    /// The next whole reply, or nil when more bytes are needed.
    ///
    /// - Throws: `LoadError` when the bytes are no reply, or one that none of the driver's commands has.
    package mutating func next() throws(LoadError) -> Reply? {
        guard let length = try lineLength() else { return nil }
        let start = buffer.readerIndex
        let line = start + length + 2
        guard let type: UInt8 = buffer.getInteger(at: start) else { return nil }
        switch type {
        case UInt8(ascii: "+"):
            buffer.moveReaderIndex(to: line)
            return .status
        case UInt8(ascii: "-"):
            let text = buffer.getString(at: start + 1, length: length - 1) ?? ""
            buffer.moveReaderIndex(to: line)
            return .error(text)
        case UInt8(ascii: ":"):
            let number = try number(length: length)
            buffer.moveReaderIndex(to: line)
            return .integer(number)
        case UInt8(ascii: "_"):
            buffer.moveReaderIndex(to: line)
            return .null
        case UInt8(ascii: "$"):
            return try bulk(after: line, length: try number(length: length))
        default:
            throw unexpected(length: length)
        }
    }

    private mutating func bulk(after line: Int, length: Int64) throws(LoadError) -> Reply? {
        if length == -1 {
            buffer.moveReaderIndex(to: line)
            return .null
        }
        guard length >= 0, length <= Int64(ReplyParser.maximumBulk) else {
            throw LoadError("the answer announces a string of \(length) bytes; is this a Redis server?")
        }
        guard buffer.writerIndex >= line + Int(length) + 2 else { return nil }
        guard let value = buffer.getSlice(at: line, length: Int(length)) else { return nil }
        buffer.moveReaderIndex(to: line + Int(length) + 2)
        return .bulk(value)
    }

    /// The length of the first line without its end, or nil while it isn't all there.
    private func lineLength() throws(LoadError) -> Int? {
        let length = buffer.withUnsafeReadableBytes { bytes -> Int? in
            var index = 0
            while index + 1 < bytes.count {
                if bytes[index] == UInt8(ascii: "\r"), bytes[index + 1] == UInt8(ascii: "\n") { return index }
                index += 1
            }
            return nil
        }
        guard let length else {
            // A bulk string's bytes never get here: they are read by their length.
            guard buffer.readableBytes <= ReplyParser.maximumLine else { throw unexpected(length: 32) }
            return nil
        }
        guard length > 0 else { throw unexpected(length: length) }
        return length
    }

    private func number(length: Int) throws(LoadError) -> Int64 {
        var value: Int64 = 0
        var negative = false
        for (index, byte) in buffer.readableBytesView.prefix(length).dropFirst().enumerated() {
            if index == 0, byte == UInt8(ascii: "-") {
                negative = true
                continue
            }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), index < 19 else {
                throw unexpected(length: length)
            }
            value = value &* 10 &+ Int64(byte - UInt8(ascii: "0"))
        }
        guard length > (negative ? 2 : 1) else { throw unexpected(length: length) }
        return negative ? -value : value
    }

    private func unexpected(length: Int) -> LoadError {
        let shown = buffer.readableBytesView.prefix(min(length, 32)).map {
            (0x20...0x7E).contains($0) ? String(UnicodeScalar($0)) : "."
        }
        return LoadError("the answer begins with \"\(shown.joined())\"; is this a Redis server?")
    }
}
