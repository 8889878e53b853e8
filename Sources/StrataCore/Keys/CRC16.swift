/// CRC16 in the variant XMODEM: polynomial 0x1021, initial value 0, no reflection.
///
/// Source: Redis Cluster specification, appendix A; its check value for "123456789" is 0x31C3.
package enum CRC16 {
    /// The checksum of the bytes. Complexity: O(n), one table look-up a byte.
    package static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt16 {
        var crc: UInt16 = 0
        for byte in bytes {
            crc = (crc << 8) ^ table[Int(UInt8(truncatingIfNeeded: crc >> 8) ^ byte)]
        }
        return crc
    }

    private static let table: [UInt16] = (0..<256).map { index in
        (0..<8).reduce(UInt16(index) << 8) { crc, _ in crc & 0x8000 != 0 ? (crc << 1) ^ 0x1021 : crc << 1 }
    }
}
