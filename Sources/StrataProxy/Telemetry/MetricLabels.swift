/// What tells the series of one metric apart: names and values, in the order of the names.
struct MetricLabels: Hashable, Sendable {
    let pairs: [Pair]

    struct Pair: Hashable, Sendable {
        let name: String
        let value: String
    }

    static let none = MetricLabels([])

    init(_ dimensions: [(String, String)]) {
        pairs = dimensions.map { Pair(name: MetricLabels.name($0.0), value: $0.1) }.sorted { $0.name < $1.name }
    }

    /// A name as Prometheus allows it: every other character becomes an underscore.
    static func name(_ text: String) -> String {
        let name = String(
            text.unicodeScalars.map { scalar in
                let isAllowed = scalar.isASCII && (scalar == "_" || scalar == ":" || scalar.properties.isAlphabetic)
                return isAllowed || ("0"..."9").contains(scalar) ? Character(scalar) : "_"
            })
        return name.first.map { ("0"..."9").contains($0) } ?? true ? "_" + name : name
    }

    /// The labels in braces, with a further one when given; empty when there is none.
    func text(adding further: Pair? = nil) -> String {
        let all = pairs + (further.map { [$0] } ?? [])
        guard !all.isEmpty else { return "" }
        return "{" + all.map { "\($0.name)=\"\(MetricLabels.escape($0.value))\"" }.joined(separator: ",") + "}"
    }

    private static func escape(_ value: String) -> String {
        var escaped = ""
        for character in value.prefix(256) {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case _ where character.isNewline: escaped += "\\n"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
