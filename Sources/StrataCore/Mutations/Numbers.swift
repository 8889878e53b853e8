#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension Int64 {
    /// The integer a text stands for when it is written exactly as Redis writes integers: no sign but a minus, no leading
    /// zero, no space; nil otherwise.
    public init?(canonicalDecimal bytes: [UInt8]) {
        guard (1...20).contains(bytes.count), bytes[0] != UInt8(ascii: "+"),
            let number = Int64(String(decoding: bytes, as: UTF8.self)), String(number).utf8.elementsEqual(bytes)
        else { return nil }
        self = number
    }
}

extension Decimal {
    /// The number a text stands for: digits with an optional sign, point and exponent; nil otherwise, and for magnitudes
    /// beyond what 38 digits and an exponent of 127 hold.
    public init?(plainNumber bytes: [UInt8]) {
        var rest = bytes[...]
        func dropDigits() -> Int {
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            rest = rest.dropFirst(digits.count)
            return digits.count
        }
        func drop(_ characters: Unicode.Scalar...) -> Bool {
            guard let first = rest.first, characters.contains(Unicode.Scalar(first)) else { return false }
            rest = rest.dropFirst()
            return true
        }
        // The longest that a `Decimal` is written as: 38 digits before 127 zeros, or after them, with a sign and a point.
        guard bytes.count <= 170 else { return nil }
        _ = drop("+", "-")
        var digits = dropDigits()
        if drop(".") { digits += dropDigits() }
        guard digits > 0 else { return nil }
        if drop("e", "E") {
            _ = drop("+", "-")
            guard dropDigits() > 0 else { return nil }
        }
        guard rest.isEmpty, let number = Decimal(string: String(decoding: bytes, as: UTF8.self)), number.isFinite else {
            return nil
        }
        self = number
    }
}
