package import NIOCore

/// The key of a record: `user` and twenty digits, scattered so that neighbouring records don't share a shard.
package enum RecordKey {
    /// The length of every key, in bytes.
    package static let length = 24

    /// Appends the key of a record to a buffer.
    package static func write(_ record: Int, to buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { bytes in
            fill(UnsafeMutableRawBufferPointer(rebasing: bytes[..<length]), record: record)
            return length
        }
    }

    /// The bytes of a record's key.
    package static func bytes(_ record: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: length) { bytes, count in
            fill(UnsafeMutableRawBufferPointer(bytes), record: record)
            count = length
        }
    }

    /// The key as text, for reports.
    package static func text(_ record: Int) -> String {
        String(decoding: bytes(record), as: UTF8.self)
    }

    private static func fill(_ bytes: UnsafeMutableRawBufferPointer, record: Int) {
        // A bijection rather than YCSB's hash: two records never share a key, which verification relies on.
        var rest = SplitMix64.mix(UInt64(record))
        for index in stride(from: length - 1, through: 4, by: -1) {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            bytes[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
            rest = quotient
        }
        bytes.copyBytes(from: "user".utf8)
    }
}
