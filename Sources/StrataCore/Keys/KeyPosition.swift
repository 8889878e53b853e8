/// Where a key stands in the order in which stores are scanned: its slot, then a hash of its bytes.
///
/// Every store keeps this number beside each row and has an index on it, so that a scan's cursor is one number that
/// means the same on every shard, and a slot is one range of it. Two keys may share a position; a page of a scan never
/// ends between them.
public struct KeyPosition: Hashable, Comparable, Sendable {
    /// The first position of all, where a scan starts.
    public static let start = KeyPosition(rawValue: 0)

    /// Slot in bits 32 to 45, hash in bits 0 to 31.
    public let rawValue: UInt64

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// The position of a key. Complexity: O(length of the key).
    public init(of key: Key) {
        // FNV-1a of 32 bits: only its spread within one slot matters, and it must never change.
        let hash = key.bytes.reduce(2_166_136_261 as UInt32) { ($0 ^ UInt32($1)) &* 16_777_619 }
        rawValue = UInt64(Slot(of: key).number) << 32 | UInt64(hash)
    }

    /// The position right after this one, or nil at the end of the last slot.
    public var next: KeyPosition? {
        rawValue < KeyPosition.end - 1 ? KeyPosition(rawValue: rawValue + 1) : nil
    }

    /// The positions of one slot.
    public static func range(of slot: Slot) -> Range<KeyPosition> {
        KeyPosition(rawValue: UInt64(slot.number) << 32)..<KeyPosition(rawValue: UInt64(slot.number + 1) << 32)
    }

    public static func < (left: KeyPosition, right: KeyPosition) -> Bool { left.rawValue < right.rawValue }

    private static let end = UInt64(Slot.count) << 32
}
