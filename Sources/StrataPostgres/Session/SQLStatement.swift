/// A statement with its parameters, written as a text whose interpolations become parameters.
///
/// ```swift
/// try await connection.query("SELECT id, name FROM users WHERE id = \(id)")
/// ```
/// The text sent is `… WHERE id = $1`: a value is never part of the text, so none can change what the statement does. The
/// name of a table or column can't be a parameter; interpolate an `SQLIdentifier` for it.
public struct SQLStatement: Sendable, ExpressibleByStringInterpolation {
    /// The text with `$1`, `$2` … in place of the parameters.
    public private(set) var text: String
    var parameters: ParameterList

    /// A statement without parameters.
    public init(stringLiteral value: String) {
        text = value
        parameters = ParameterList()
    }

    public init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
        parameters = stringInterpolation.parameters
    }

    /// Collects the parts of an interpolated statement.
    public struct StringInterpolation: StringInterpolationProtocol {
        var text = ""
        var parameters = ParameterList()

        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 3)
        }

        public mutating func appendLiteral(_ literal: String) { text += literal }

        /// A value as the next parameter.
        public mutating func appendInterpolation(_ value: some PostgresEncodable) {
            var writer = PostgresParameterWriter(parameters)
            value.encode(to: &writer)
            parameters = writer.list
            text += "$\(parameters.count)"
        }

        /// A value, or NULL, as the next parameter.
        public mutating func appendInterpolation(_ value: (some PostgresEncodable)?) {
            guard let value else {
                parameters.appendNull()
                text += "$\(parameters.count)"
                return
            }
            appendInterpolation(value)
        }

        /// The quoted name of a table or column, as part of the text.
        public mutating func appendInterpolation(_ identifier: SQLIdentifier) { text += identifier.quoted }
    }
}

/// The name of a table, column or other object, quoted so that it can be part of a statement's text.
public struct SQLIdentifier: Hashable, Sendable {
    /// The name in double quotes.
    let quoted: String

    /// A name that has to be one of those listed, such as a column that a caller chose to sort by.
    ///
    /// - Returns: nil when the name is not in the list.
    public init?(_ name: String, allowed: some Collection<String>) {
        guard allowed.contains(name) else { return nil }
        self.init(quoting: name)
    }

    /// A name that the program itself determines; use `init(_:allowed:)` for what comes from outside.
    ///
    /// - Parameter name: without NUL, which traps; double quotes in it are doubled.
    public init(quoting name: String) {
        precondition(!name.utf8.contains(0), "a name of an object has no NUL")
        quoted = "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
