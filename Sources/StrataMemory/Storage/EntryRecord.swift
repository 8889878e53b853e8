/// What a stripe knows of one entry besides its place in the orders: 32 bytes, so that two fill a cache line.
///
/// Invariant: `block` is nil in a vacant cell, and `next` then is the next vacant one.
struct EntryRecord {
    /// The longest key an entry can have, in bytes.
    static let maximumKeyLength = 1 << keyLengthBits - 1
    private static let keyLengthBits = 12
    private static let valueBit: UInt32 = 1 << 16
    private static let taggedBit: UInt32 = 1 << 17
    private static let domainShift: UInt32 = 18

    /// The next entry with the same address in the key index; -1 for none.
    var next: CellIndex = -1
    /// From the lowest bit on: the key's length (12), the hash's mark (4), whether there is a value, whether there are
    /// tags, the domain (14).
    private var marks: UInt32 = 0
    /// The key and the content.
    var block: UnsafeMutableRawPointer?
    /// The packed version.
    var version: UInt64 = 0
    /// Nanoseconds of the deadline; the highest number when there is none.
    var deadline: UInt64 = .max

    /// A cell without an entry.
    static var vacant: EntryRecord { EntryRecord() }

    private init() {}

    /// A record of a key, whose content is filled in later.
    init(signature: UInt32) {
        marks = signature
    }

    var isVacant: Bool { block == nil }

    var keyLength: Int { Int(marks & (1 << EntryRecord.keyLengthBits - 1)) }

    /// The key's length and the hash's mark: two records of one key have the same.
    @inline(__always) var signature: UInt32 { marks & 0xFFFF }

    /// The signature of a key. The mark is of bits that neither the stripe nor the index's address is made of.
    @inline(__always)
    static func signature(_ keyLength: Int, _ hash: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: keyLength) | UInt32(truncatingIfNeeded: hash &>> 32 & 0xF) << UInt32(keyLengthBits)
    }

    /// Whether the content is a value rather than an absence.
    var holdsValue: Bool {
        @inline(__always) get { marks & EntryRecord.valueBit != 0 }
        set { marks = newValue ? marks | EntryRecord.valueBit : marks & ~EntryRecord.valueBit }
    }

    /// Whether the block holds the first of the entry's tag memberships.
    var isTagged: Bool {
        @inline(__always) get { marks & EntryRecord.taggedBit != 0 }
        set { marks = newValue ? marks | EntryRecord.taggedBit : marks & ~EntryRecord.taggedBit }
    }

    /// The domain of the freshness gate.
    var domain: Int {
        get { Int(marks &>> EntryRecord.domainShift) }
        set { marks = marks & (1 << EntryRecord.domainShift - 1) | UInt32(newValue) << EntryRecord.domainShift }
    }
}
