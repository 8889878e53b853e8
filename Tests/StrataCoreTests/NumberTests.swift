import Foundation
import StrataCore
import Testing

@Suite("Numbers as Redis writes them")
struct NumberTests {
    @Test(arguments: [Int64.min, -1, 0, 1, 42, .max])
    func `integers read back`(number: Int64) {
        #expect(Int64(canonicalDecimal: Array("\(number)".utf8)) == number)
    }

    @Test(arguments: [
        "", "-", "+1", "-0", "00", "01", "-01", " 1", "1 ", "1.", "1e3", "0x10", "9223372036854775808",
        "-9223372036854775809", "99999999999999999999999", "１", "1\u{0}",
    ])
    func `other spellings are no integers`(text: String) {
        #expect(Int64(canonicalDecimal: Array(text.utf8)) == nil)
    }

    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("+1.50", "1.5"), (".5", "0.5"), ("5.", "5"), ("1e3", "1000"), ("1E-3", "0.001"),
        ("-2.5e+2", "-250"), ("00012", "12"), ("100000000000000000000000000000000000000000", "1e41"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
    ])
    func `decimals are read`(text: String, same: String) throws {
        #expect(Decimal(plainNumber: Array(text.utf8)) == Decimal(string: same))
    }

    @Test(arguments: [
        "", ".", "-", "+", "e", "e5", "1e", "1e+", "1.2.3", "--1", "1 ", " 1", "inf", "nan", "Infinity", "0x1p3", "1,5",
        "1e400", "1e99999999999999999999", "١",
    ])
    func `other texts are no decimals`(text: String) {
        #expect(Decimal(plainNumber: Array(text.utf8)) == nil)
    }

    @Test func `numbers of any length end in a number or none`() {
        for count in [1, 38, 39, 127, 128, 129, 200, 300, 5000] {
            _ = Decimal(plainNumber: [UInt8](repeating: UInt8(ascii: "9"), count: count))
            _ = Decimal(plainNumber: Array("0.".utf8) + [UInt8](repeating: UInt8(ascii: "9"), count: count))
        }
        #expect(Decimal(plainNumber: [UInt8](repeating: UInt8(ascii: "9"), count: 5000)) == nil)
    }
}
