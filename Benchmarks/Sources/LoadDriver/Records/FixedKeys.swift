/// The keys of a benchmark, 16 bytes each, side by side in one block as a server's input buffer has them.
package final class FixedKeys: @unchecked Sendable {
    /// The length of a key, in bytes.
    @usableFromInline package static let length = 16

    /// How many keys there are.
    @usableFromInline package let count: Int
    /// Never written after `init`, which is what makes sharing it safe.
    @usableFromInline let block: UnsafeMutableRawBufferPointer

    /// The keys `0 ..< count`.
    ///
    /// - Parameter prefix: what they begin with, four letters.
    package init(count: Int, prefix: String = "key:") {
        self.count = count
        block = .allocate(byteCount: count * FixedKeys.length, alignment: FixedKeys.length)
        for number in 0..<count {
            FixedKeys.fill(block[number * FixedKeys.length..<block.count], number, prefix: prefix)
        }
    }

    deinit { block.deallocate() }

    /// The bytes of one key, valid as long as the block is. Inlinable, because measured loops ask for it.
    @inlinable
    package subscript(number: Int) -> UnsafeRawBufferPointer {
        @inline(__always) get {
            precondition(number >= 0 && number < count)
            return UnsafeRawBufferPointer(
                start: block.baseAddress.unsafelyUnwrapped + number &* FixedKeys.length, count: FixedKeys.length)
        }
    }

    /// The bytes of one key: `key:` and twelve digits, as redis-benchmark has them.
    ///
    /// - Parameter prefix: four other letters, for keys beside those.
    package static func bytes(_ number: Int, prefix: String = "key:") -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: length) { bytes, count in
            fill(UnsafeMutableRawBufferPointer(bytes)[...], number, prefix: prefix)
            count = length
        }
    }

    private static func fill(_ slice: Slice<UnsafeMutableRawBufferPointer>, _ number: Int, prefix: String = "key:") {
        let bytes = UnsafeMutableRawBufferPointer(rebasing: slice)
        bytes.copyBytes(from: prefix.utf8)
        var rest = number
        for index in stride(from: length - 1, through: 4, by: -1) {
            bytes[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }
}
