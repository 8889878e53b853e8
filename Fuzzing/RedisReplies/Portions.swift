/// How bytes are cut before they are handed over.
enum Portions {
    case whole
    case singleBytes
    /// Of 1 to 64 bytes.
    case random(seed: UInt64)

    /// A seed that the bytes themselves make, so that the same input is always cut in the same way.
    ///
    /// Source: FNV-1a, 64 bits.
    static func seed(of bytes: UnsafeRawBufferPointer) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }

    /// Hands over the bytes until the body answers that it takes no more.
    func forEach(of bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Bool) {
        var start = 0
        var state: UInt64 = if case .random(let seed) = self { seed } else { 0 }
        while start < bytes.count {
            let length: Int
            switch self {
            case .whole: length = bytes.count
            case .singleBytes: length = 1
            case .random:
                // A linear congruential generator, Knuth's constants.
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                length = 1 + Int(state >> 58)
            }
            let end = min(bytes.count, start + length)
            guard body(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) else { return }
            start = end
        }
    }
}
