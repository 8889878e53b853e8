/// One of the 16,384 divisions of the key space, the unit in which keys are assigned to shards.
///
/// A key's slot is CRC16 of its hash tag, or of the whole key when it has none, modulo 16,384.
/// Source: Redis Cluster specification, "Key distribution model" and "Hash tags".
public struct Slot: Hashable, Comparable, Sendable {
    /// How many slots there are.
    public static let count = 16384
    /// How many groups share one advisory lock in Postgres: a lock per slot would exhaust its shared lock table.
    public static let groupCount = 256

    /// The slot's number, `0 ..< Slot.count`.
    public let number: Int

    /// The slot of a number.
    ///
    /// - Parameter number: `0 ..< Slot.count`; anything else traps.
    public init(_ number: Int) {
        precondition((0..<Slot.count).contains(number), "slot \(number) is not in 0..<\(Slot.count)")
        self.number = number
    }

    /// The slot of a key. Complexity: O(length of the key).
    public init(of key: Key) {
        self = key.bytes.withUnsafeBytes { Slot(of: $0) }
    }

    /// The slot of a key's bytes. Complexity: O(length of the key).
    public init(of bytes: UnsafeRawBufferPointer) {
        number = Int(CRC16.checksum(Slot.hashTag(in: bytes))) & (Slot.count - 1)
    }

    /// The lock group of the slot, `0 ..< Slot.groupCount`.
    public var group: Int { number & (Slot.groupCount - 1) }

    public static func < (left: Slot, right: Slot) -> Bool { left.number < right.number }

    /// What lies between the first `{` and the first `}` after it, when that is not empty; else all of it.
    private static func hashTag(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard let open = bytes.firstIndex(of: UInt8(ascii: "{")) else { return bytes }
        let rest = bytes[(open + 1)...]
        guard let close = rest.firstIndex(of: UInt8(ascii: "}")), close > open + 1 else { return bytes }
        return UnsafeRawBufferPointer(rebasing: bytes[(open + 1)..<close])
    }
}
