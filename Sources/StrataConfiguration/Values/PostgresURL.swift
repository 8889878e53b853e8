import Foundation

/// A connection URI for libpq; its description has no password.
///
/// Source: PostgreSQL documentation, 34.1.1.2 Connection URIs. What comes after the scheme is libpq's to understand:
/// several hosts, `sslmode`, `target_session_attrs` and all its other parameters work.
public struct PostgresURL: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    private let text: String

    /// Takes a URI; nil when it does not start with `postgresql://` or `postgres://`, or has a space or control character.
    public init?(_ text: String) {
        guard text.hasPrefix("postgresql://") || text.hasPrefix("postgres://"),
            !text.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7F })
        else { return nil }
        self.text = text
    }

    /// The URI with its credentials, for libpq.
    public func reveal() -> String { text }

    /// The URI without its secrets: an unencoded `@` or `/` in a password rather hides too much than too little.
    public var description: String {
        guard let schemeEnd = text.range(of: "://")?.upperBound else { return "***" }
        var shown = String(text[..<schemeEnd])
        var rest = text[schemeEnd...]
        if let at = rest.lastIndex(of: "@") {
            let credentials = rest[..<at]
            // An @ behind a parameter may belong to that one's value, or to a password with a question mark.
            if let question = credentials.firstIndex(of: "?"), credentials[question...].contains("=") {
                return "\(shown)\(credentials.prefix { $0 != ":" && $0 != "?" })***"
            }
            shown += credentials.contains(":") ? "\(credentials.prefix { $0 != ":" }):***@" : "\(credentials)@"
            rest = rest[rest.index(after: at)...]
        }
        guard let question = rest.firstIndex(of: "?") else { return shown + rest }
        let parameters = rest[rest.index(after: question)...].split(separator: "&", omittingEmptySubsequences: false)
        let redacted = parameters.map { parameter in
            let name = String(parameter.prefix { $0 != "=" })
            let isSecret = (name.removingPercentEncoding ?? name).lowercased().contains("password")
            return isSecret ? "\(name)=***" : String(parameter)
        }
        return "\(shown)\(rest[..<question])?\(redacted.joined(separator: "&"))"
    }

    /// Where the database is, such as `127.0.0.1:5432/strata0`: the URI without scheme, user and secrets.
    var place: String {
        let shown = description
        let rest = shown.range(of: "://").map { shown[$0.upperBound...] } ?? shown[...]
        return String(rest.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest)
    }

    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension ScalarForm where Value == PostgresURL {
    static var postgresURL: ScalarForm {
        ScalarForm(expected: "a URL such as postgresql://user@127.0.0.1:5432/database") { PostgresURL($0) }
    }
}
