/// What is written under a record's key: bytes that say whose they are, and that can be checked one by one.
///
/// A header of 24 bytes (record, run, number of the write, length, checksum, all little-endian) and a pseudo-random
/// filler that follows from the header. A value that was cut, mixed with another or stored under a wrong key shows.
package struct RecordValue: Hashable, Sendable {
    /// The length of the header, in bytes: the shortest value that can be checked.
    package static let headerLength = 24

    /// The record the value was written for.
    package var record: UInt64
    /// Which run of the driver wrote it.
    package var run: UInt32
    /// Which write of that run to the record it was, counted from 1; 0 when writes aren't counted.
    package var number: UInt32

    package init(record: Int, run: UInt32, number: UInt32) {
        self.record = UInt64(record)
        self.run = run
        self.number = number
    }

    /// Fills bytes with the value; fewer than a header's get as much of it as fits.
    package func fill(_ bytes: UnsafeMutableRawBufferPointer) {
        let header: (UInt64, UInt32, UInt32, UInt32, UInt32) = (
            record.littleEndian, run.littleEndian, number.littleEndian, UInt32(bytes.count).littleEndian,
            checksum(length: bytes.count).littleEndian
        )
        withUnsafeBytes(of: header) { header in
            bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: header.prefix(bytes.count)))
        }
        forEachFillerWord(upTo: bytes.count) { offset, length, word in
            withUnsafeBytes(of: word.littleEndian) { word in
                UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + length])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: word.prefix(length)))
            }
            return true
        }
    }

    /// The value of the given length, as an array.
    package func bytes(length: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: length) { bytes, count in
            fill(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(bytes).prefix(length)))
            count = length
        }
    }

    /// Reads a value and checks every byte of it.
    ///
    /// - Returns: nil when the bytes aren't a value that `fill` made.
    package init?(checking bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= RecordValue.headerLength else { return nil }
        record = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        run = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        number = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
        guard
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self)) == UInt32(bytes.count),
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 20, as: UInt32.self))
                == checksum(length: bytes.count)
        else { return nil }
        let intact = forEachFillerWord(upTo: bytes.count) { offset, length, word in
            if length == 8 {
                return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) == word
            }
            return withUnsafeBytes(of: word.littleEndian) {
                $0.prefix(length).elementsEqual(bytes[offset..<offset + length])
            }
        }
        guard intact else { return nil }
    }

    private var seed: UInt64 {
        SplitMix64.mix(record ^ SplitMix64.mix(UInt64(run) << 32 | UInt64(number)))
    }

    private func checksum(length: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: SplitMix64.mix(seed ^ UInt64(length)))
    }

    /// Calls the body with each word of the filler, its offset and how much of it belongs to the value, until the body
    /// answers false; says whether it never did.
    @discardableResult
    private func forEachFillerWord(upTo end: Int, _ body: (_ offset: Int, _ length: Int, _ word: UInt64) -> Bool)
        -> Bool
    {
        var generator = SplitMix64(seed: seed)
        var offset = RecordValue.headerLength
        while offset < end {
            guard body(offset, min(8, end - offset), generator.next()) else { return false }
            offset += 8
        }
        return true
    }
}
