/// Integers as the protocol writes them.
enum DecimalDigits {
    /// The most bytes an integer takes: a minus and 19 digits.
    static let maximumLength = 20

    /// Writes an integer to memory with room for `maximumLength` bytes, and returns how many it took.
    @inline(__always)
    static func write(_ number: Int64, to target: UnsafeMutablePointer<UInt8>) -> Int {
        var rest = number.magnitude
        var length = number < 0 ? 1 : 0
        if rest < 10 {
            length += 1
        } else {
            var probe = rest
            while probe > 0 {
                probe /= 10
                length += 1
            }
        }
        if number < 0 { target[0] = UInt8(ascii: "-") }
        var position = length - 1
        repeat {
            let quotient = rest / 10
            target[position] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest &- quotient &* 10)
            position -= 1
            rest = quotient
        } while rest > 0
        return length
    }

    /// The integer that all the bytes spell, as strictly as Redis reads it: no plus, no leading zero, no space.
    static func parse(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        guard let first = bytes.first, bytes.count <= maximumLength else { return nil }
        let isNegative = first == UInt8(ascii: "-")
        let digits = isNegative ? bytes.dropFirst() : bytes[...]
        guard let leading = digits.first else { return nil }
        if leading == UInt8(ascii: "0") { return digits.count == 1 && !isNegative ? 0 : nil }
        var magnitude: UInt64 = 0
        for byte in digits {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            guard !overflow, !carry else { return nil }
            magnitude = sum
        }
        if isNegative { return magnitude <= UInt64(1) << 63 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil }
        return Int64(exactly: magnitude)
    }
}
