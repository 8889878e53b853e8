public import StrataCore

/// Where a Redis server is and how to log in to it.
///
/// Forms: `redis://user:password@host:port/database`, the same with `rediss://` for TLS, and
/// `redis+unix:///path/of.sock?db=0`, in which user, password, port and database may be left out. Its description never
/// shows the password.
public struct RedisURL: Hashable, Sendable {
    /// How the server is reached.
    public enum Address: Hashable, Sendable {
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    public var address: Address
    /// The user of an access control list; nil for the default user.
    public var user: String?
    /// The password; nil when the server asks for none.
    public var password: String?
    /// The number of the database, `0 ...`.
    public var database: Int
    /// Whether TLS protects the connections; see `RedisTLS`.
    public var isSecure: Bool

    public init(
        address: Address, user: String? = nil, password: String? = nil, database: Int = 0, isSecure: Bool = false
    ) {
        precondition(database >= 0, "database \(database) is negative")
        if isSecure, case .unix = address { preconditionFailure("a socket has no TLS") }
        self.address = address
        self.user = user
        self.password = password
        self.database = database
        self.isSecure = isSecure
    }

    /// Reads the text form.
    ///
    /// - Throws: `configuration`, saying what is wrong without repeating the text, which may hold a password.
    public init(parsing text: String) throws(StrataError) {
        guard let separator = text.firstRange(of: "://") else {
            throw RedisURL.invalid("it does not begin with redis://, rediss:// or redis+unix://")
        }
        let rest = text[separator.upperBound...]
        switch text[..<separator.lowerBound].lowercased() {
        case "redis": try self.init(parsingServer: rest, isSecure: false)
        case "rediss": try self.init(parsingServer: rest, isSecure: true)
        case "redis+unix", "unix": try self.init(parsingSocket: rest)
        default: throw RedisURL.invalid("it does not begin with redis://, rediss:// or redis+unix://")
        }
    }

    private init(parsingServer text: Substring, isSecure: Bool) throws(StrataError) {
        let (authority, path) = RedisURL.split(text, at: "/")
        // The last @, because people forget to encode the ones in their passwords.
        let at = authority.lastIndex(of: "@")
        let host = at.map { authority[authority.index(after: $0)...] } ?? authority
        let (user, password) = try RedisURL.credentials(at.map { authority[..<$0] })
        var address = Address.tcp(host: "", port: 0)
        if host.first == "[" {
            guard let close = host.firstIndex(of: "]") else { throw RedisURL.invalid("the [ of its address has no ]") }
            let tail = host[host.index(after: close)...]
            guard tail.isEmpty || tail.first == ":" else { throw RedisURL.invalid("after ] comes : and the port") }
            address = .tcp(
                host: String(host[host.index(after: host.startIndex)..<close]),
                port: try RedisURL.port(tail.dropFirst()))
        } else {
            let (name, port) = RedisURL.split(host, at: ":")
            address = .tcp(host: String(name), port: try RedisURL.port(port))
        }
        guard case .tcp(let name, _) = address, !name.isEmpty else { throw RedisURL.invalid("it names no host") }
        let (databaseText, _) = RedisURL.split(path, at: "?")
        self.init(
            address: address, user: user, password: password, database: try RedisURL.database(databaseText),
            isSecure: isSecure)
    }

    private init(parsingSocket text: Substring) throws(StrataError) {
        let (location, query) = RedisURL.split(text, at: "?")
        let slash = location.firstIndex(of: "/") ?? location.endIndex
        let authority = location[..<slash]
        guard authority.isEmpty || authority.last == "@" else {
            throw RedisURL.invalid("a socket's path begins with /, as in redis+unix:///run/redis.sock")
        }
        let (user, password) = try RedisURL.credentials(authority.isEmpty ? nil : authority.dropLast())
        let path = try RedisURL.decoded(location[slash...])
        guard path.count > 1 else { throw RedisURL.invalid("it names no socket") }
        guard path.utf8.count < 104 else { throw RedisURL.invalid("the socket's path is longer than 103 bytes") }
        var database = 0
        for item in query.split(separator: "&") {
            let (name, value) = RedisURL.split(item, at: "=")
            guard name == "db" else { throw RedisURL.invalid("the only option of a socket's URL is db") }
            database = try RedisURL.database(value)
        }
        self.init(address: .unix(path: path), user: user, password: password, database: database)
    }
}

extension RedisURL {
    private static func split(_ text: Substring, at separator: Character) -> (Substring, Substring) {
        guard let index = text.firstIndex(of: separator) else { return (text, "") }
        return (text[..<index], text[text.index(after: index)...])
    }

    private static func credentials(_ text: Substring?) throws(StrataError) -> (user: String?, password: String?) {
        guard let text else { return (nil, nil) }
        guard text.contains(":") else {
            throw invalid("before @ belongs user:password, or :password without a user")
        }
        let (user, password) = split(text, at: ":")
        return (user.isEmpty ? nil : try decoded(user), password.isEmpty ? nil : try decoded(password))
    }

    private static func port(_ text: Substring) throws(StrataError) -> Int {
        guard !text.isEmpty else { return 6379 }
        guard let port = Int(text), (1...65_535).contains(port) else { throw invalid("the port is not in 1 ... 65535") }
        return port
    }

    private static func database(_ text: Substring) throws(StrataError) -> Int {
        guard !text.isEmpty else { return 0 }
        guard let database = Int(text), database >= 0 else { throw invalid("the database is not a number from 0 on") }
        return database
    }

    private static func decoded(_ text: Substring) throws(StrataError) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard rest.count >= 2, let value = UInt8(digits, radix: 16) else {
                throw invalid("after each % belong two hexadecimal digits; a % itself is %25")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func invalid(_ reason: String) -> StrataError {
        StrataError(.configuration, "a Redis URL can't be used: \(reason)")
    }
}

extension RedisURL: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `host:port` or the socket's path: what errors, logs and metrics call the server.
    public var description: String {
        switch address {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        }
    }

    public var debugDescription: String { description }

    public var customMirror: Mirror {
        Mirror(self, children: ["address": description, "database": database], displayStyle: .struct)
    }
}
