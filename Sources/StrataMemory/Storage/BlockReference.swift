/// Where an entry's block is and how to read it, in one word, so that a reader without a lock gets both or neither.
///
/// An address of a process has 48 bits at most. The upper 16 have, from the lowest on, the key's length (12) and what parts
/// the block has (4).
@usableFromInline
struct BlockReference: Equatable, Sendable {
    /// The longest key an entry can have, in bytes.
    static let maximumKeyLength = 1 << 12 - 1
    private static let lengthShift: UInt64 = 48
    private static let partsShift: UInt64 = 60

    /// No block.
    @usableFromInline static let none = BlockReference(word: 0)

    let word: UInt64

    @inline(__always)
    init(word: UInt64) {
        self.word = word
    }

    init(_ address: UnsafeMutableRawPointer, keyLength: Int, parts: BlockParts) {
        let bits = UInt64(UInt(bitPattern: address))
        precondition(bits >> BlockReference.lengthShift == 0, "the allocator's addresses have more than 48 bits")
        word =
            bits | UInt64(keyLength) << BlockReference.lengthShift
            | UInt64(parts.rawValue) << BlockReference.partsShift
    }

    /// 32 bits by which blocks that were in one cell are told apart.
    var mark: UInt32 { @inline(__always) get { UInt32(truncatingIfNeeded: word &>> 4) } }

    /// Whether this is a block of a value, a key of some length, and nothing else.
    @inline(__always)
    func isPlain(keyLength: Int) -> Bool {
        word &>> BlockReference.lengthShift
            == UInt64(BlockParts.value.rawValue) << (BlockReference.partsShift - BlockReference.lengthShift)
            | UInt64(truncatingIfNeeded: keyLength)
    }

    var isNone: Bool { @inline(__always) get { word == 0 } }

    /// The block; not to be asked of `none`.
    var address: UnsafeMutableRawPointer {
        @inline(__always) get {
            UnsafeMutableRawPointer(bitPattern: UInt(word & (1 << BlockReference.lengthShift - 1))).unsafelyUnwrapped
        }
    }

    var keyLength: Int { @inline(__always) get { Int(word &>> BlockReference.lengthShift & 0xFFF) } }

    /// Which parts the block has.
    var parts: BlockParts {
        @inline(__always) get { BlockParts(rawValue: UInt8(truncatingIfNeeded: word &>> BlockReference.partsShift)) }
    }

    /// Whether the content is a value rather than an absence.
    var holdsValue: Bool { @inline(__always) get { parts.contains(.value) } }

    /// Whether the block holds the first of the entry's tag memberships.
    var isTagged: Bool { @inline(__always) get { parts.contains(.membership) } }

    /// Whether the block holds a deadline.
    var expires: Bool { @inline(__always) get { parts.contains(.deadline) } }
}

/// The parts that not every block has.
struct BlockParts: OptionSet, Sendable {
    let rawValue: UInt8

    static let value = BlockParts(rawValue: 1)
    static let deadline = BlockParts(rawValue: 2)
    /// The first tag membership.
    static let membership = BlockParts(rawValue: 4)
    /// The number of a domain other than 0.
    static let domain = BlockParts(rawValue: 8)

    @inline(__always)
    init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    init(holdsValue: Bool, expires: Bool, isTagged: Bool, hasDomain: Bool) {
        self = holdsValue ? .value : []
        if expires { insert(.deadline) }
        if isTagged { insert(.membership) }
        if hasDomain { insert(.domain) }
    }
}
