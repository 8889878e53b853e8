/// An element of an SVG picture, with what is in it.
///
/// Source: W3C, Scalable Vector Graphics 1.1; Extensible Markup Language 1.0 for what has to be escaped.
struct SVGElement {
    private let name: String
    private let attributes: KeyValuePairs<String, String>
    private let text: String?
    private var children: [SVGElement]

    /// - Parameters:
    ///   - attributes: in the order in which they are written, values unescaped.
    ///   - text: what the element says, unescaped; nil for nothing.
    init(
        _ name: String, _ attributes: KeyValuePairs<String, String> = [:], text: String? = nil,
        children: [SVGElement] = []
    ) {
        self.name = name
        self.attributes = attributes
        self.text = text
        self.children = children
    }

    mutating func append(_ child: SVGElement) {
        children.append(child)
    }

    /// A whole file with this element as its root.
    var document: String {
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + lines(indent: "").joined(separator: "\n") + "\n"
    }

    private func lines(indent: String) -> [String] {
        let opening = attributes.reduce(indent + "<" + name) { $0 + " \($1.key)=\"\(SVGElement.escaped($1.value))\"" }
        guard !children.isEmpty else {
            return [opening + (text.map { ">\(SVGElement.escaped($0))</\(name)>" } ?? "/>")]
        }
        let content = (text.map { [indent + "  " + SVGElement.escaped($0)] } ?? [])
        return [opening + ">"] + content + children.flatMap { $0.lines(indent: indent + "  ") } + [
            "\(indent)</\(name)>"
        ]
    }

    /// The text as XML allows it: markup escaped, and characters that XML doesn't have replaced.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\t", "\n", "\r", "\u{20}"..."\u{D7FF}", "\u{E000}"..."\u{FFFD}", "\u{10000}"..."\u{10FFFF}":
                result.unicodeScalars.append(scalar)
            default: result += "\u{FFFD}"
            }
        }
    }
}
