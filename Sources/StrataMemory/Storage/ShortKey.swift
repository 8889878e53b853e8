/// A key of 8 to 16 bytes, as two words that overlap when it has fewer than 16: with the length they are the key.
struct ShortKey {
    let first: UInt64
    let last: UInt64
    let count: Int

    /// A key's bytes; nil when they are fewer or more.
    @inline(__always)
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, UInt(bitPattern: bytes.count &- 8) <= 8 else { return nil }
        count = bytes.count
        first = start.loadUnaligned(as: UInt64.self)
        last = start.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
    }

    /// Whether the bytes at an address, as many as the key's, are the key.
    @inline(__always)
    func isEqual(toBytesAt address: UnsafeRawPointer) -> Bool {
        let differences = (
            first ^ address.loadUnaligned(as: UInt64.self),
            last ^ address.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
        )
        return differences.0 | differences.1 == 0
    }
}
