import StrataTestSupport
import Testing

@testable import StrataMemory

@Suite("Short keys")
struct ShortKeyTests {
    @Test("A key is short from 8 to 16 bytes")
    func lengths() {
        for length in 0...20 {
            let bytes = [UInt8](repeating: 1, count: length)
            #expect((bytes.withUnsafeBytes { ShortKey($0)?.count }) == ((8...16).contains(length) ? length : nil))
        }
    }

    @Test("It equals its own bytes and none that differ in a bit", arguments: 8...16)
    func equality(length: Int) throws {
        var generator = SeededGenerator(seed: UInt64(length))
        var bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let key = try #require(bytes.withUnsafeBytes { ShortKey($0) })
        func isEqual() -> Bool { bytes.withUnsafeBytes { key.isEqual(toBytesAt: $0.baseAddress!) } }
        #expect(isEqual())
        for bit in 0..<length * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8)
            #expect(!isEqual(), "bit \(bit)")
            bytes[bit / 8] ^= 1 << (bit % 8)
        }
    }
}
