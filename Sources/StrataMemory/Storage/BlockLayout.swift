import StrataCore

/// How an entry's metadata, key and content lie in the one allocation they share.
///
/// First the version; then the content: of raw bytes their count, of any other value the value itself; then, of those that
/// it has, the deadline, the first tag membership and the domain; the key; and raw bytes themselves. One allocation instead
/// of two saves a header, a pointer and a cache miss, and what a hit reads lies side by side, mostly in one cache line.
/// Nothing of a block changes once it can be found, so that it can be read without a lock.
struct BlockLayout: Sendable {
    /// The allocator's own bookkeeping for each allocation, in bytes, and the steps in which it hands out memory.
    ///
    /// Source: the GNU C Library's malloc on 64-bit machines.
    private static let allocationHeader = 8
    private static let allocationStep = 16
    static let smallestAllocation = 32
    private static let versionBytes = 8
    private static let deadlineBytes = 8
    private static let membershipBytes = 4
    private static let domainBytes = 4

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
        contentOffset = (BlockLayout.versionBytes + alignment - 1) & ~(alignment - 1)
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
    func size(keyLength: Int, parts: BlockParts, rawLength: Int) -> Int {
        keyOffset(parts) + keyLength + rawLength
    }

    /// What a block of this size takes of the process's memory, the allocator's header and rounding included.
    static func footprint(_ size: Int) -> Int {
        max(smallestAllocation, (size + allocationHeader + allocationStep - 1) & ~(allocationStep - 1))
    }

    /// How large a block is, in bytes.
    func size(of block: BlockReference) -> Int {
        size(keyLength: block.keyLength, parts: block.parts, rawLength: isRaw ? rawBytes(block).count : 0)
    }

    /// A new block with a copy of the key. The value or the raw bytes are the caller's to fill in.
    func make(
        key: UnsafeRawBufferPointer, holdsValue: Bool, version: Version, deadline: Timestamp, isTagged: Bool,
        domain: Int, rawLength: Int
    ) -> BlockReference {
        let parts = BlockParts(
            holdsValue: holdsValue, expires: deadline != .distantFuture, isTagged: isTagged, hasDomain: domain != 0)
        let size = size(keyLength: key.count, parts: parts, rawLength: rawLength)
        let address = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: alignment)
        address.storeBytes(of: version.rawValue, as: UInt64.self)
        if isRaw { address.storeBytes(of: UInt32(rawLength), toByteOffset: contentOffset, as: UInt32.self) }
        if parts.contains(.deadline) {
            address.storeBytes(of: deadline.nanoseconds, toByteOffset: contentEnd, as: UInt64.self)
        }
        if parts.contains(.domain) {
            address.storeBytes(of: UInt32(domain), toByteOffset: domainOffset(parts), as: UInt32.self)
        }
        if let start = key.baseAddress { (address + keyOffset(parts)).copyMemory(from: start, byteCount: key.count) }
        return BlockReference(address, keyLength: key.count, parts: parts)
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
        StoredDeadline(
            rawValue: block.expires ? block.address.loadUnaligned(fromByteOffset: contentEnd, as: UInt64.self) : .max)
    }

    /// Nanoseconds at which an entry is removed; the highest number when it is not.
    @inline(__always)
    func deadline(_ block: BlockReference) -> UInt64 { storedDeadline(block).removal }

    /// The domain of the freshness gate.
    func domain(_ block: BlockReference) -> Int {
        let parts = block.parts
        guard parts.contains(.domain) else { return 0 }
        return Int(block.address.loadUnaligned(fromByteOffset: domainOffset(parts), as: UInt32.self))
    }

    /// Where a value that is kept as it is lies.
    @inline(__always)
    func value(_ block: BlockReference) -> UnsafeMutableRawPointer { block.address + contentOffset }

    /// Where the key is, from a block's address on, when it has no part but a value.
    var plainKeyOffset: Int { keyOffset(.value) }

    /// Where a block's key is.
    @inline(__always)
    func key(_ block: BlockReference) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: block.address + keyOffset(block.parts), count: block.keyLength)
    }

    /// Where a block's raw bytes are.
    @inline(__always)
    func rawBytes(_ block: BlockReference) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            start: block.address + keyOffset(block.parts) + block.keyLength,
            count: Int(block.address.load(fromByteOffset: contentOffset, as: UInt32.self)))
    }

    /// The same for a block that has no part but a value, and whose key's length is known.
    @inline(__always)
    func rawBytes(plain block: BlockReference, keyLength: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            start: block.address + contentEnd + keyLength,
            count: Int(block.address.load(fromByteOffset: contentOffset, as: UInt32.self)))
    }

    /// The first tag membership of a tagged entry.
    func membership(_ block: BlockReference) -> Int32 {
        block.address.loadUnaligned(fromByteOffset: membershipOffset(block.parts), as: Int32.self)
    }

    func setMembership(_ block: BlockReference, _ membership: Int32) {
        block.address.storeBytes(of: membership, toByteOffset: membershipOffset(block.parts), as: Int32.self)
    }

    @inline(__always)
    private func membershipOffset(_ parts: BlockParts) -> Int {
        contentEnd &+ (parts.contains(.deadline) ? BlockLayout.deadlineBytes : 0)
    }

    @inline(__always)
    private func domainOffset(_ parts: BlockParts) -> Int {
        membershipOffset(parts) &+ (parts.contains(.membership) ? BlockLayout.membershipBytes : 0)
    }

    @inline(__always)
    private func keyOffset(_ parts: BlockParts) -> Int {
        domainOffset(parts) &+ (parts.contains(.domain) ? BlockLayout.domainBytes : 0)
    }
}
