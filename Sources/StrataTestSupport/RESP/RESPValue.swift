public import NIOCore

/// A reply as a Redis client sees it, of RESP2 or RESP3.
public indirect enum RESPValue: Hashable, Sendable {
    case status(String)
    case error(String)
    case integer(Int64)
    case bulk([UInt8])
    case null
    case double(String)
    case boolean(Bool)
    case array([RESPValue])
    case map([RESPValue])

    /// The text of a status or a bulk string.
    public var text: String? {
        switch self {
        case .status(let text): text
        case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// The elements of an array, or keys and values of a map in turn.
    public var elements: [RESPValue]? {
        switch self {
        case .array(let elements), .map(let elements): elements
        default: nil
        }
    }
}

extension RESPValue: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self = .bulk(Array(value.utf8)) }
}

extension RESPValue: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int64) { self = .integer(value) }
}

extension RESPValue {
    /// What a reply can't be.
    public struct Malformed: Error {
        public let line: String
    }

    /// Reads one reply; nil while it is not complete, in which case the buffer stays as it was.
    public static func read(from buffer: inout ByteBuffer) throws -> RESPValue? {
        let start = buffer.readerIndex
        guard let value = try parse(&buffer) else {
            buffer.moveReaderIndex(to: start)
            return nil
        }
        return value
    }

    private static func parse(_ buffer: inout ByteBuffer) throws -> RESPValue? {
        guard let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let line = buffer.readString(length: end - buffer.readerIndex - 1)!
        buffer.moveReaderIndex(forwardBy: 2)
        let rest = String(line.dropFirst())
        switch line.first {
        case "+": return .status(rest)
        case "-": return .error(rest)
        case ":": return .integer(try number(rest, line))
        case "_": return .null
        case ",": return .double(rest)
        case "#": return .boolean(rest == "t")
        case "$", "=":
            let length = try number(rest, line)
            guard length >= 0 else { return .null }
            guard buffer.readableBytes >= Int(length) + 2 else { return nil }
            let bytes = buffer.readBytes(length: Int(length))!
            buffer.moveReaderIndex(forwardBy: 2)
            return .bulk(bytes)
        case "*", "~", ">":
            let count = try number(rest, line)
            return count < 0 ? .null : try elements(Int(count), &buffer).map { .array($0) }
        case "%":
            return try elements(Int(number(rest, line)) * 2, &buffer).map { .map($0) }
        default: throw Malformed(line: line)
        }
    }

    private static func elements(_ count: Int, _ buffer: inout ByteBuffer) throws -> [RESPValue]? {
        var elements: [RESPValue] = []
        for _ in 0..<count {
            guard let element = try parse(&buffer) else { return nil }
            elements.append(element)
        }
        return elements
    }

    private static func number(_ text: String, _ line: String) throws -> Int64 {
        guard let number = Int64(text) else { throw Malformed(line: line) }
        return number
    }
}
