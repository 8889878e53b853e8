import StrataCore

extension Duration {
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// A duration as the configuration writes it: a whole number and one of `ms`, `s`, `m`, `h`, `d`; nil for other texts
    /// and for more than 36,500 days.
    init?(configurationText text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits),
            let unit = Duration.units.first(where: { $0.suffix == text.dropFirst(digits.count) })
        else { return nil }
        let (milliseconds, overflow) = number.multipliedReportingOverflow(by: unit.milliseconds)
        guard !overflow, milliseconds <= 36_500 * Duration.units[0].milliseconds else { return nil }
        self = .milliseconds(milliseconds)
    }

    /// The duration in the largest unit that divides it, in whole milliseconds.
    var configurationText: String {
        let milliseconds = wholeMilliseconds
        let unit = Duration.units.first { milliseconds != 0 && milliseconds % $0.milliseconds == 0 }
        guard let unit else { return "0s" }
        return "\(milliseconds / unit.milliseconds)\(unit.suffix)"
    }
}

extension ScalarForm where Value == Duration {
    /// A duration within bounds.
    static func duration(in range: ClosedRange<Duration>) -> ScalarForm {
        let bounds = "\(range.lowerBound.configurationText) to \(range.upperBound.configurationText)"
        return ScalarForm(expected: "a duration such as 250ms, 60s, 10m, 2h or 1d, from \(bounds)") { text in
            Duration(configurationText: text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// How long a copy may live.
    static var lifetime: ScalarForm { .duration(in: .milliseconds(1) ... .seconds(86_400 * 3650)) }

    /// How long to wait for a server.
    static var timeout: ScalarForm { .duration(in: .milliseconds(1) ... .seconds(3600)) }
}
