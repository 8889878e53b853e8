/// Where an entry's block is and how to read it, in one word, so that a reader without a lock gets both or neither.
///
/// An address of a process has 48 bits at most. The upper 16 have, from the lowest on, the key's length (12), whether there
/// is a value, whether there are tags, whether there is a domain other than 0.
@usableFromInline
struct BlockReference: Equatable, Sendable {
    /// The longest key an entry can have, in bytes.
    static let maximumKeyLength = 1 << 12 - 1
    private static let lengthShift: UInt64 = 48
    private static let valueBit: UInt64 = 1 << 60
    private static let taggedBit: UInt64 = 1 << 61
    private static let domainBit: UInt64 = 1 << 62

    /// No block.
    @usableFromInline static let none = BlockReference(word: 0)

    let word: UInt64

    @inline(__always)
    init(word: UInt64) {
        self.word = word
    }

    init(_ address: UnsafeMutableRawPointer, keyLength: Int, holdsValue: Bool, isTagged: Bool, hasDomain: Bool) {
        let bits = UInt64(UInt(bitPattern: address))
        precondition(bits >> BlockReference.lengthShift == 0, "the allocator's addresses have more than 48 bits")
        word =
            bits | UInt64(keyLength) << BlockReference.lengthShift | (holdsValue ? BlockReference.valueBit : 0)
            | (isTagged ? BlockReference.taggedBit : 0) | (hasDomain ? BlockReference.domainBit : 0)
    }

    var isNone: Bool { @inline(__always) get { word == 0 } }

    /// The block; not to be asked of `none`.
    var address: UnsafeMutableRawPointer {
        @inline(__always) get {
            UnsafeMutableRawPointer(bitPattern: UInt(word & (1 << BlockReference.lengthShift - 1))).unsafelyUnwrapped
        }
    }

    var keyLength: Int { @inline(__always) get { Int(word &>> BlockReference.lengthShift & 0xFFF) } }

    /// Whether the content is a value rather than an absence.
    var holdsValue: Bool { @inline(__always) get { word & BlockReference.valueBit != 0 } }

    /// Whether the block holds the first of the entry's tag memberships.
    var isTagged: Bool { @inline(__always) get { word & BlockReference.taggedBit != 0 } }

    /// Whether the block holds the number of a domain.
    var hasDomain: Bool { @inline(__always) get { word & BlockReference.domainBit != 0 } }
}
