/// How long an entry lives, as the header `Strata-TTL` says it: a number with a unit, `ms`, `s`, `m`, `h` or `d`, such as
/// `60s`; seconds when there is none.
enum LifetimeHeader {
    static let name = "Strata-TTL"

    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// The duration that a text says; nil when it says none that is above zero and below 2^53 ms.
    static func parse(_ text: String) -> Duration? {
        let text = text.trimmingSpaces
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let suffix = text.dropFirst(digits.count)
        guard let number = Int64(digits), number > 0,
            let unit = suffix.isEmpty ? 1000 : units.first(where: { $0.suffix == suffix })?.milliseconds
        else { return nil }
        let (milliseconds, overflow) = number.multipliedReportingOverflow(by: unit)
        guard !overflow, milliseconds < 1 << 53 else { return nil }
        return .milliseconds(milliseconds)
    }

    /// The text of a duration, in milliseconds.
    static func text(_ duration: Duration) -> String {
        "\(max(1, duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000))ms"
    }
}

extension String {
    fileprivate var trimmingSpaces: Substring {
        let start = self[...].drop { $0 == " " || $0 == "\t" }
        return start.lastIndex { $0 != " " && $0 != "\t" }.map { start[...$0] } ?? ""
    }
}
