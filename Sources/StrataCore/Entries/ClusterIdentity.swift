/// The identity of one set of shards: made once, when the first shard is set up, and stored in every place that holds
/// its data, so that data of two clusters can never be mixed by a mistaken address.
public struct ClusterIdentity: Hashable, Sendable, CustomStringConvertible {
    /// The UUID's sixteen bytes in the order they are written.
    public let bytes: [UInt8]

    /// - Parameter bytes: sixteen bytes; nil for any other number of them.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// An identity from the usual text form, with its four hyphens or without any; nil when it is none.
    public init?(_ text: String) {
        var digits = Array(text.utf8)
        if digits.count == 36 {
            for index in [23, 18, 13, 8] { guard digits.remove(at: index) == UInt8(ascii: "-") else { return nil } }
        }
        // A sign is the one thing besides digits that the number's own reader takes.
        guard digits.count == 32, !digits.contains(UInt8(ascii: "+")), !digits.contains(UInt8(ascii: "-")) else {
            return nil
        }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 32, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        self.bytes = bytes
    }

    /// A new random identity (UUID version 4, RFC 9562).
    public static func random() -> ClusterIdentity {
        var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        return ClusterIdentity(unchecked: bytes)
    }

    private init(unchecked bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The first eight bytes, which every envelope in level 2 carries.
    public var fingerprint: UInt64 {
        bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    public var description: String {
        let digits = bytes.map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }
        return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }.joined(separator: "-")
    }
}
