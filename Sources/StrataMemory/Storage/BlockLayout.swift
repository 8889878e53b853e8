/// How the key and the content of an entry lie in the one allocation they share.
///
/// First a prefix: of raw bytes their count, of any other value the value itself. Then the first tag membership, when
/// there are tags; the key; and raw bytes themselves. One allocation instead of two saves a header, a pointer and a cache
/// miss; what a hit reads lies side by side.
struct BlockLayout: Sendable {
    /// The allocator's own bookkeeping for each allocation, in bytes, and the steps in which it hands out memory.
    ///
    /// Source: the GNU C Library's malloc on 64-bit machines.
    private static let allocationHeader = 8
    private static let allocationStep = 16
    private static let smallestAllocation = 32
    private static let membershipBytes = 4

    /// The layout of raw bytes.
    static let raw = BlockLayout(prefix: 4, alignment: 4, isRaw: true, destroy: nil)

    let prefix: Int
    let alignment: Int
    let isRaw: Bool
    /// Ends a value that lies at the start of a block.
    let destroy: (@Sendable (UnsafeMutableRawPointer) -> Void)?

    /// The layout of values that are kept as they are.
    static func value<Value>(of type: Value.Type) -> BlockLayout {
        BlockLayout(
            prefix: MemoryLayout<Value>.size, alignment: MemoryLayout<Value>.alignment, isRaw: false,
            destroy: { $0.assumingMemoryBound(to: Value.self).deinitialize(count: 1) })
    }

    /// How large a block is, in bytes.
    @inline(__always)
    func size(keyLength: Int, isTagged: Bool, rawLength: Int) -> Int {
        keyOffset(isTagged) + keyLength + rawLength
    }

    /// What a block of this size takes of the process's memory, the allocator's header and rounding included.
    static func footprint(_ size: Int) -> Int {
        max(smallestAllocation, (size + allocationHeader + allocationStep - 1) & ~(allocationStep - 1))
    }

    /// A new block with a copy of the key. The content is the caller's to fill in.
    func make(key: UnsafeRawBufferPointer, isTagged: Bool, rawLength: Int) -> UnsafeMutableRawPointer {
        let size = size(keyLength: key.count, isTagged: isTagged, rawLength: rawLength)
        let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: alignment)
        if isRaw { block.storeBytes(of: UInt32(rawLength), as: UInt32.self) }
        if let start = key.baseAddress {
            (block + keyOffset(isTagged)).copyMemory(from: start, byteCount: key.count)
        }
        return block
    }

    /// Ends a block and the value in it.
    func free(_ block: UnsafeMutableRawPointer, holdsValue: Bool) {
        if holdsValue { destroy?(block) }
        block.deallocate()
    }

    /// Where a block's key is.
    @inline(__always)
    func key(_ block: UnsafeMutableRawPointer, _ record: EntryRecord) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: block + keyOffset(record.isTagged), count: record.keyLength)
    }

    /// Where a block's raw bytes are.
    @inline(__always)
    func rawBytes(
        _ block: UnsafeMutableRawPointer, keyLength: Int, isTagged: Bool
    ) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            start: block + keyOffset(isTagged) + keyLength, count: Int(block.loadUnaligned(as: UInt32.self)))
    }

    /// The first tag membership of a tagged entry.
    func membership(_ block: UnsafeMutableRawPointer) -> Int32 {
        block.loadUnaligned(fromByteOffset: prefix, as: Int32.self)
    }

    func setMembership(_ block: UnsafeMutableRawPointer, _ membership: Int32) {
        block.storeBytes(of: membership, toByteOffset: prefix, as: Int32.self)
    }

    @inline(__always)
    private func keyOffset(_ isTagged: Bool) -> Int { prefix + (isTagged ? BlockLayout.membershipBytes : 0) }
}
