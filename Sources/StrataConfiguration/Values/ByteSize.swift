/// Sizes in bytes as the configuration writes them.
enum ByteSize {
    private static let units: [(suffix: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("TB", 1_000_000_000_000),
        ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000), ("B", 1),
    ]

    /// The bytes of a text that is a whole number and a unit, whose letters may have either case: `256MiB`, `1GB`, `512b`.
    ///
    /// A number alone is no size, because nobody remembers in which unit it would count.
    static func bytes(in text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let suffix = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
        guard let number = Int(digits), let unit = units.first(where: { $0.suffix.lowercased() == suffix }) else {
            return nil
        }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit.bytes)
        return overflow ? nil : bytes
    }

    /// The size in the largest unit that divides it.
    static func text(_ bytes: Int) -> String {
        let unit = units.first { bytes != 0 && bytes % $0.bytes == 0 } ?? ("B", 1)
        return "\(bytes / unit.bytes)\(unit.suffix)"
    }
}

extension ScalarForm where Value == Int {
    /// A size within bounds.
    static func bytes(in range: ClosedRange<Int>) -> ScalarForm {
        let bounds = "\(ByteSize.text(range.lowerBound)) to \(ByteSize.text(range.upperBound))"
        return ScalarForm(expected: "a size such as 256MiB or 1GB, from \(bounds)") { text in
            ByteSize.bytes(in: text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}
