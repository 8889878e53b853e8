extension [UInt8] {
    /// Appends an integer, the most significant byte first.
    @inlinable
    package mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}

/// Reads integers and runs of bytes from a buffer, answering nil where it ends too early.
package struct BigEndianReader {
    /// What has not been read yet.
    package private(set) var rest: Slice<UnsafeRawBufferPointer>

    package init(_ bytes: UnsafeRawBufferPointer) {
        rest = bytes[...]
    }

    /// The next integer, the most significant byte first.
    @inline(__always)
    package mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
        as type: Integer.Type = Integer.self
    ) -> Integer? {
        guard rest.count >= MemoryLayout<Integer>.size else { return nil }
        defer { rest = rest.dropFirst(MemoryLayout<Integer>.size) }
        return Integer(bigEndian: rest.base.loadUnaligned(fromByteOffset: rest.startIndex, as: Integer.self))
    }

    /// The next `count` bytes.
    package mutating func bytes(_ count: Int) -> Slice<UnsafeRawBufferPointer>? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
