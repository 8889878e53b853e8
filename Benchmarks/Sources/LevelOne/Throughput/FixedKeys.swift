/// The keys of a benchmark, 16 bytes each, side by side in one block: asking for one touches no reference count, which
/// several threads would otherwise fight over.
package struct FixedKeys: Sendable {
    /// The length of a key, in bytes.
    package static let length = 16

    private let block: [UInt8]

    /// The keys `0 ..< count`.
    package init(count: Int) {
        block = [UInt8](unsafeUninitializedCapacity: count * FixedKeys.length) { bytes, filled in
            for number in 0..<count {
                FixedKeys.fill(
                    UnsafeMutableRawBufferPointer(
                        rebasing: UnsafeMutableRawBufferPointer(bytes)[(number * FixedKeys.length)...]), number)
            }
            filled = count * FixedKeys.length
        }
    }

    /// The bytes of one key: `key:` and twelve digits, as redis-benchmark has them.
    package static func bytes(_ number: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: length) { bytes, count in
            fill(UnsafeMutableRawBufferPointer(bytes), number)
            count = length
        }
    }

    /// Runs the body with all keys' bytes.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try block.withUnsafeBytes(body)
    }

    private static func fill(_ bytes: UnsafeMutableRawBufferPointer, _ number: Int) {
        bytes.copyBytes(from: "key:".utf8)
        var rest = number
        for index in stride(from: length - 1, through: 4, by: -1) {
            bytes[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }
}
