public import StrataCore

/// What Redis answered to one command.
public enum RedisReply: Hashable, Sendable {
    /// There is nothing: a missing key, or no array.
    case null
    /// A whole number.
    case integer(Int64)
    /// A string of bytes.
    case bulk([UInt8])
    /// A short status, such as `OK`.
    case status(String)
    /// The server refused the command; the text begins with a word in capitals that says how.
    case error(String)
    /// Several replies in order.
    case array([RedisReply])

    /// The bytes of a bulk string; nil for everything else.
    public var bytes: [UInt8]? {
        if case .bulk(let bytes) = self { bytes } else { nil }
    }

    /// The elements of an array; nil for everything else.
    public var elements: [RedisReply]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The whole number; nil for everything else.
    public var integer: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }

    /// The reply, unless it is an error.
    ///
    /// - Throws: `server` with Redis' own text; `authentication` or `unavailable` where that is what the text means.
    public func successful() throws(StrataError) -> RedisReply {
        if case .error(let text) = self { throw StrataError(redisError: text) }
        return self
    }

    /// Whether Redis does not know the script of an `EVALSHA`.
    var isMissingScript: Bool {
        if case .error(let text) = self { text.hasPrefix("NOSCRIPT") } else { false }
    }

    /// What kind of reply it is, for messages; never its content.
    var kind: String {
        switch self {
        case .null: "nothing"
        case .integer: "a number"
        case .bulk(let bytes): "\(bytes.count) bytes"
        case .status: "a status"
        case .error: "an error"
        case .array(let elements): "an array of \(elements.count)"
        }
    }
}

extension StrataError {
    /// The error that an error reply of Redis stands for.
    ///
    /// Source: Redis' `server.c`, the shared error objects.
    init(redisError text: String) {
        switch text.prefix(while: { $0 != " " }) {
        case "NOAUTH", "WRONGPASS":
            self.init(.authentication, "Redis refused the credentials (\(text))")
        case "NOPERM":
            self.init(.authentication, "the Redis user may not do this; ACL SETUSER gives the right (\(text))")
        case "LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY":
            self.init(.unavailable, "Redis can't serve at the moment (\(text))")
        default:
            self.init(.server, "Redis answered with an error: \(text)")
        }
    }

    /// The error for a reply of another kind than the command has.
    static func unexpected(_ reply: RedisReply, to command: String) -> StrataError {
        if case .error(let text) = reply { return StrataError(redisError: text) }
        return StrataError(.corrupt, "Redis answered \(command) with \(reply.kind); is something else on this port?")
    }
}
