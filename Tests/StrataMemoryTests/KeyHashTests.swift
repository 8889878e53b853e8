import StrataTestSupport
import Testing

@testable import StrataMemory

@Suite struct KeyHashTests {
    @Test func sipHashHasItsVectors() {
        // Vectors of the reference implementation: key 00 01 … 0f, message 00 01 … of the given length.
        let hash = SipHash(0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908)
        let vectors: [(Int, UInt64)] = [
            (0, 0x726F_DB47_DD0E_0E31), (1, 0x74F8_39C5_93DC_67FD), (15, 0xA129_CA61_49BE_45E5),
        ]
        for (length, expected) in vectors {
            let message = (0..<length).map { UInt8($0) }
            let found = message.withUnsafeBytes { hash.hash($0, compressions: 2, finalizations: 4) }
            #expect(found == expected)
        }
        let short = [UInt8]().withUnsafeBytes { hash.hash($0, compressions: 1, finalizations: 3) }
        #expect(short == 0xABAC_0158_050F_C4DC)
    }

    @Test func everyCacheHashesDifferently() {
        for length in [1, 3, 7, 16, 32, 64, 65] {
            let message = [UInt8](repeating: 0x6B, count: length)
            #expect(message.withUnsafeBytes { KeyHash().hash($0) } != message.withUnsafeBytes { KeyHash().hash($0) })
        }
    }

    /// Every byte and the length count, at every length: two keys that differ in one bit, or by a zero at the end, differ.
    @Test func everyBitAndTheLengthCount() {
        let hash = KeyHash(1, 2)
        var generator = SeededGenerator(seed: 5)
        var seen: Set<UInt64> = []
        var count = 0
        for length in 0...80 {
            var key = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            let zeros = [UInt8](repeating: 0, count: length)
            seen.insert(zeros.withUnsafeBytes { hash.hash($0) })
            count += 1
            if length > 0 {
                seen.insert(key.withUnsafeBytes { hash.hash($0) })
                count += 1
            }
            for bit in 0..<length * 8 {
                key[bit / 8] ^= 1 << (bit % 8)
                seen.insert(key.withUnsafeBytes { hash.hash($0) })
                count += 1
                key[bit / 8] ^= 1 << (bit % 8)
            }
        }
        #expect(seen.count == count)
    }

    /// Keys that differ in a pattern spread over the addresses, and over the highest bits, as random numbers do.
    @Test(arguments: [1, 1000, 65_536, 1 << 40]) func patternsSpread(step: UInt64) {
        for seed in 0..<8 as Range<UInt64> {
            let hash = KeyHash(seed, 7)
            for prefix in ["", "key:", "a prefix that is longer than sixteen bytes:"] {
                var low = [Int](repeating: 0, count: 4096)
                var high = low
                for number in 0..<40_960 as Range<UInt64> {
                    var key = Array(prefix.utf8)
                    withUnsafeBytes(of: number &* step) { key.append(contentsOf: $0) }
                    let value = key.withUnsafeBytes { hash.hash($0) }
                    low[Int(value & 4095)] += 1
                    high[Int(value >> 52)] += 1
                }
                // Ten a bucket on average; random numbers have one above 40 in 10⁹ cases of 10¹⁰.
                #expect(low.max()! < 40 && high.max()! < 40, "seed \(seed), prefix '\(prefix)'")
            }
        }
    }
}
