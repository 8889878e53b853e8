/// The name of one entry: a sequence of bytes, equal and hashed byte by byte.
///
/// Keys are bytes rather than text because any Redis client may send any bytes.
public struct Key: Hashable, Sendable {
    /// The longest key a store takes, in bytes: what still fits a Postgres B-tree row with room for its header.
    ///
    /// Source: PostgreSQL documentation, B-tree limits (a third of a page, 2,704 bytes).
    public static let maximumLength = 2048

    /// The key's bytes.
    public let bytes: [UInt8]

    /// A key of the given bytes. Complexity: O(1) for an array, O(n) otherwise.
    @inlinable
    public init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    /// A key of a text's UTF-8 bytes. Complexity: O(n).
    public init(_ text: String) {
        self.bytes = Array(text.utf8)
    }
}

extension Key: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) {
        self.init(value)
    }
}

extension Key: CustomStringConvertible {
    /// The key as errors and logs show it: printable ASCII as it is, every other byte as `\xNN`, at most 128 bytes.
    public var description: String {
        var text = ""
        for byte in bytes.prefix(128) {
            switch byte {
            case UInt8(ascii: "\\"): text += "\\\\"
            case 0x20...0x7E: text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16)
                text += "\\x" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return bytes.count > 128 ? text + "… (\(bytes.count) bytes)" : text
    }
}

extension Key: Comparable {
    /// Byte-wise order, a prefix before what it is a prefix of: `bytea` order in Postgres, BLOB order in SQLite.
    public static func < (left: Key, right: Key) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
