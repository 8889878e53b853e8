import StrataCore

/// How an entry's metadata, key and content lie in the one allocation they share.
///
/// First the version and the deadline; then the content: of raw bytes their count, of any other value the value itself;
/// then the first tag membership when there are tags, and the domain when it is not 0; the key; and raw bytes themselves.
/// One allocation instead of two saves a header, a pointer and a cache miss; what a hit reads lies side by side. Nothing of
/// a block changes once it can be found, so that it can be read without a lock.
struct BlockLayout: Sendable {
    /// The allocator's own bookkeeping for each allocation, in bytes, and the steps in which it hands out memory.
    ///
    /// Source: the GNU C Library's malloc on 64-bit machines.
    private static let allocationHeader = 8
    private static let allocationStep = 16
    static let smallestAllocation = 32
    private static let deadlineOffset = 8
    private static let metadataBytes = 16
    private static let optionBytes = 4

    /// The layout of raw bytes.
    static let raw = BlockLayout(size: 4, alignment: 4, isRaw: true, destroy: nil)

    let isRaw: Bool
    private let alignment: Int
    /// Where the value is, or the count of the raw bytes.
    private let contentOffset: Int
    private let contentEnd: Int
    /// Ends a value.
    private let destroy: (@Sendable (UnsafeMutableRawPointer) -> Void)?

    private init(size: Int, alignment: Int, isRaw: Bool, destroy: (@Sendable (UnsafeMutableRawPointer) -> Void)?) {
        self.isRaw = isRaw
        self.destroy = destroy
        self.alignment = max(alignment, MemoryLayout<UInt64>.alignment)
        contentOffset = (BlockLayout.metadataBytes + alignment - 1) & ~(alignment - 1)
        contentEnd = contentOffset + size
    }

    /// The layout of values that are kept as they are.
    static func value<Value>(of type: Value.Type) -> BlockLayout {
        BlockLayout(
            size: MemoryLayout<Value>.size, alignment: MemoryLayout<Value>.alignment, isRaw: false,
            destroy: { $0.assumingMemoryBound(to: Value.self).deinitialize(count: 1) })
    }

    /// How large a block is, in bytes.
    @inline(__always)
    func size(keyLength: Int, isTagged: Bool, hasDomain: Bool, rawLength: Int) -> Int {
        contentEnd + BlockLayout.options(isTagged, hasDomain) + keyLength + rawLength
    }

    /// What a block of this size takes of the process's memory, the allocator's header and rounding included.
    static func footprint(_ size: Int) -> Int {
        max(smallestAllocation, (size + allocationHeader + allocationStep - 1) & ~(allocationStep - 1))
    }

    /// How large a block is, in bytes.
    func size(of block: BlockReference) -> Int {
        size(
            keyLength: block.keyLength, isTagged: block.isTagged, hasDomain: block.hasDomain,
            rawLength: isRaw ? rawBytes(block).count : 0)
    }

    /// A new block with a copy of the key. The value or the raw bytes are the caller's to fill in.
    func make(
        key: UnsafeRawBufferPointer, holdsValue: Bool, version: Version, deadline: Timestamp, isTagged: Bool,
        domain: Int, rawLength: Int
    ) -> BlockReference {
        let size = size(keyLength: key.count, isTagged: isTagged, hasDomain: domain != 0, rawLength: rawLength)
        let address = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: alignment)
        let block = BlockReference(
            address, keyLength: key.count, holdsValue: holdsValue, isTagged: isTagged, hasDomain: domain != 0)
        address.storeBytes(of: version.rawValue, as: UInt64.self)
        address.storeBytes(of: deadline.nanoseconds, toByteOffset: BlockLayout.deadlineOffset, as: UInt64.self)
        if isRaw { address.storeBytes(of: UInt32(rawLength), toByteOffset: contentOffset, as: UInt32.self) }
        if domain != 0 {
            address.storeBytes(of: UInt32(domain), toByteOffset: domainOffset(isTagged), as: UInt32.self)
        }
        if let start = key.baseAddress { (address + keyOffset(block)).copyMemory(from: start, byteCount: key.count) }
        return block
    }

    /// Ends a block and the value in it.
    func free(_ block: BlockReference) {
        if block.holdsValue { destroy?(block.address + contentOffset) }
        block.address.deallocate()
    }

    /// The packed version of an entry.
    func version(_ block: BlockReference) -> UInt64 { block.address.load(as: UInt64.self) }

    /// When an entry stops being valid, and when it is removed.
    @inline(__always)
    func storedDeadline(_ block: BlockReference) -> StoredDeadline {
        StoredDeadline(rawValue: block.address.load(fromByteOffset: BlockLayout.deadlineOffset, as: UInt64.self))
    }

    /// Nanoseconds at which an entry is removed; the highest number when it is not.
    @inline(__always)
    func deadline(_ block: BlockReference) -> UInt64 { storedDeadline(block).removal }

    /// The domain of the freshness gate.
    func domain(_ block: BlockReference) -> Int {
        block.hasDomain
            ? Int(block.address.loadUnaligned(fromByteOffset: domainOffset(block.isTagged), as: UInt32.self)) : 0
    }

    /// Where a value that is kept as it is lies.
    @inline(__always)
    func value(_ block: BlockReference) -> UnsafeMutableRawPointer { block.address + contentOffset }

    /// Where a block's key is.
    @inline(__always)
    func key(_ block: BlockReference) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: block.address + keyOffset(block), count: block.keyLength)
    }

    /// Where a block's raw bytes are.
    @inline(__always)
    func rawBytes(_ block: BlockReference) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            start: block.address + keyOffset(block) + block.keyLength,
            count: Int(block.address.load(fromByteOffset: contentOffset, as: UInt32.self)))
    }

    /// The first tag membership of a tagged entry.
    func membership(_ block: BlockReference) -> Int32 {
        block.address.loadUnaligned(fromByteOffset: contentEnd, as: Int32.self)
    }

    func setMembership(_ block: BlockReference, _ membership: Int32) {
        block.address.storeBytes(of: membership, toByteOffset: contentEnd, as: Int32.self)
    }

    private func domainOffset(_ isTagged: Bool) -> Int { contentEnd + (isTagged ? BlockLayout.optionBytes : 0) }

    @inline(__always)
    private func keyOffset(_ block: BlockReference) -> Int {
        contentEnd + BlockLayout.options(block.isTagged, block.hasDomain)
    }

    @inline(__always)
    private static func options(_ isTagged: Bool, _ hasDomain: Bool) -> Int {
        (isTagged ? optionBytes : 0) + (hasDomain ? optionBytes : 0)
    }
}
