import StrataCore
import StrataRedis

/// A form a text in the configuration may have: what an error says was expected, and how it is read.
struct ScalarForm<Value: Sendable>: Sendable {
    /// What the text has to be, completing "expected …".
    let expected: String
    /// The value of a text; nil when it does not have the form, an error when there is more to say about why.
    let parse: @Sendable (String) throws(StrataError) -> Value?

    /// The same form, whose errors also mention the word `none`.
    var orNone: ScalarForm { ScalarForm(expected: "\(expected), or none", parse: parse) }

    func read(_ tree: ConfigurationTree, at path: ConfigurationPath) throws(StrataError) -> Value {
        guard case .scalar(let text) = tree.content else {
            throw .invalid(path, at: tree.origin, "expected \(expected), found \(tree.content.kind)")
        }
        let parsed: Value?
        do {
            parsed = try parse(text)
        } catch {
            throw .invalid(path, at: tree.origin, error.message)
        }
        guard let value = parsed else {
            let isSecret = ConfigurationKey.named(path.keyName)?.isSecret ?? true
            let found = isSecret ? "something else (not shown, as it may be a secret)" : "\"\(text.prefix(80))\""
            throw .invalid(path, at: tree.origin, "expected \(expected), found \(found)")
        }
        return value
    }
}

extension ScalarForm where Value == String {
    static var text: ScalarForm { ScalarForm(expected: "a text") { $0 } }

    static var nonEmptyText: ScalarForm { ScalarForm(expected: "a text that is not empty") { $0.isEmpty ? nil : $0 } }

    /// A name that is safe to show in errors, metrics and as part of other names.
    static var name: ScalarForm {
        ScalarForm(expected: "a name of 1 to 63 letters, digits, '-', '_' and '.'") { text in
            let isName = text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
            return isName && (1...63).contains(text.utf8.count) ? text : nil
        }
    }
}

extension ScalarForm where Value == String {
    /// A name of the domain name system; no address, of which certificates are not asked by name.
    static var hostName: ScalarForm {
        ScalarForm(expected: "a host name such as redis.example.com") { text in
            let labels = text.split(separator: ".", omittingEmptySubsequences: false)
            let isName = labels.allSatisfy { label in
                (1...63).contains(label.utf8.count)
                    && label.utf8.allSatisfy { byte in
                        switch byte {
                        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                            true
                        default: false
                        }
                    }
            }
            let isNumber = labels.last?.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? true
            return isName && !isNumber && text.utf8.count <= 253 ? text : nil
        }
    }
}

extension ScalarForm where Value == Int {
    static func integer(in range: ClosedRange<Int>) -> ScalarForm {
        ScalarForm(expected: "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension ScalarForm where Value == Double {
    static func number(in range: ClosedRange<Double>) -> ScalarForm {
        ScalarForm(expected: "a number from \(range.lowerBound) to \(range.upperBound)") { text in
            Double(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension ScalarForm where Value: CaseIterable & RawRepresentable<String> {
    /// One of the names of an enumeration's cases.
    static var choice: ScalarForm {
        let names = Value.allCases.map(\.rawValue)
        return ScalarForm(expected: "one of \(names.joined(separator: ", "))") { Value(rawValue: $0) }
    }
}

extension ScalarForm where Value == RedisURL {
    static var redisURL: ScalarForm {
        ScalarForm(expected: "a URL such as redis://127.0.0.1:6379") { text throws(StrataError) in
            try RedisURL(parsing: text)
        }
    }
}

extension ScalarForm where Value == Secret {
    static var secret: ScalarForm {
        ScalarForm(expected: "a text that is not empty") { $0.isEmpty ? nil : Secret($0) }
    }
}
