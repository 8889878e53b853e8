import CLibPQ
import NIOConcurrencyHelpers
import StrataCore

/// What a connection of one shard needs to know: where to connect, what to set, how to word errors.
struct ConnectionSettings: Sendable {
    /// The shard's name, the origin of errors.
    let shard: String
    let connectTimeout: Duration
    /// How long a connection may have been idle and still be taken to work.
    let idleLimit: Duration
    /// How long a connection is used; nil: for as long as it lasts.
    let maximumAge: Duration?
    /// How long the answer may take that shows whether a connection still works.
    let validationTimeout: Duration
    private let keywords: [(name: String, value: String)]
    private let texts: ErrorText
    let sessionSettings: [(name: String, value: String)]
    let allowsAsynchronousCommit: Bool
    let prepared: PostgresConfiguration.PreparedStatements
    let needsSession: Bool
    /// Whether a pooler has refused the startup parameter `options`, which is left out then.
    let leavesOutOptions = NIOLockedValueBox(false)

    /// - Parameters:
    ///   - url: a libpq connection URI.
    ///   - needsSession: whether all statements of a connection have to run on one server.
    /// - Throws: `configuration` when it is none. The message has no part of it.
    init(
        _ configuration: PostgresConfiguration, url: String, needsSession: Bool = false,
        sessionSettings: [(name: String, value: String)]
    ) throws(StrataError) {
        prepared = configuration.prepared
        self.needsSession = needsSession
        shard = configuration.name
        connectTimeout = configuration.connectTimeout
        idleLimit = configuration.idleLimit
        maximumAge = configuration.maximumAge
        validationTimeout = configuration.silenceLimit
        allowsAsynchronousCommit = configuration.allowsAsynchronousCommit
        self.sessionSettings = sessionSettings
        guard let parsed = ConnectionSettings.parse(url) else {
            throw StrataError(
                .configuration,
                "the URL is no libpq connection URI; it should look like postgresql://user@host:5432/database",
                origin: configuration.name)
        }
        texts = ErrorText(hiding: parsed.filter { $0.name.contains("password") }.map(\.value) + [url])
        var keywords = parsed
        func setDefault(_ name: String, _ value: String) {
            if !keywords.contains(where: { $0.name == name }) { keywords.append((name, value)) }
        }
        setDefault("application_name", "strata")
        setDefault("keepalives_idle", "30")
        // Negotiating Kerberos may block in the library; who wants it says so in the URL.
        setDefault("gssencmode", "disable")
        keywords.removeAll { $0.name == "client_encoding" }
        keywords.append(("client_encoding", "UTF8"))
        self.keywords = keywords
    }

    private static func parse(_ url: String) -> [(name: String, value: String)]? {
        guard url.hasPrefix("postgresql://") || url.hasPrefix("postgres://") else { return nil }
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &message) else {
            // The message quotes the URL, password included.
            if let message { PQfreemem(message) }
            return nil
        }
        defer { PQconninfoFree(options) }
        var parsed: [(name: String, value: String)] = []
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { parsed.append((String(cString: keyword), String(cString: value))) }
            option += 1
        }
        return parsed
    }

    /// The hosts whose names have to be looked up first; nil when none has.
    var hosts: HostAddresses? { HostAddresses(keywords) }

    /// The keywords that say where the hosts are, none for one host.
    var places: [(name: String, value: String)] {
        keywords.filter { ["host", "hostaddr", "port"].contains($0.name) && $0.value.contains(",") }
    }

    /// Calls the closure with the arrays that `PQconnectStartParams` takes.
    ///
    /// - Parameter replacements: keywords with values that count instead of the configured ones.
    func withKeywords<Result>(
        replacing replacements: [(name: String, value: String)],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let isWithoutOptions = leavesOutOptions.withLockedValue(\.self)
        let keywords =
            keywords.filter { keyword in
                !replacements.contains { $0.name == keyword.name } && !(isWithoutOptions && keyword.name == "options")
            } + replacements
        var names = Array(keywords.flatMap { Array($0.name.utf8CString) })
        var values = Array(keywords.flatMap { Array($0.value.utf8CString) })
        names.append(0)
        values.append(0)
        return names.withUnsafeBufferPointer { nameStorage in
            values.withUnsafeBufferPointer { valueStorage in
                var namePointers: [UnsafePointer<CChar>?] = []
                var valuePointers: [UnsafePointer<CChar>?] = []
                var nameOffset = 0
                var valueOffset = 0
                for (name, value) in keywords {
                    namePointers.append(nameStorage.baseAddress! + nameOffset)
                    valuePointers.append(valueStorage.baseAddress! + valueOffset)
                    nameOffset += name.utf8.count + 1
                    valueOffset += value.utf8.count + 1
                }
                return body(namePointers + [nil], valuePointers + [nil])
            }
        }
    }

    // MARK: Errors

    /// An error of this shard, its text in one line and without secrets.
    func error(_ code: StrataError.Code, _ text: String) -> StrataError {
        StrataError(code, texts.shown(text), origin: shard)
    }

    /// The error that libpq's text about a connection stands for.
    func connectionError(_ text: String) -> StrataError {
        let refusal = ConnectionRefusal(text)
        guard let state = refusal.sqlState else {
            let meaning = ConnectionAdvice(refusal.text)
            return error(meaning?.code ?? .unavailable, refusal.text + (meaning.map { "; \($0.text)" } ?? ""))
        }
        let advice =
            state == SQLState.tooManyConnections
            ? "; all processes together open more connections than the server's max_connections" : ""
        var error = error(SQLState.code(of: state), refusal.text + advice)
        error.sqlState = state
        return error
    }

    /// The error that a result stands for.
    func error(of result: ServerResult) -> StrataError {
        let state = result.sqlState
        var error = error(SQLState.code(of: state), result.message)
        error.sqlState = state.isEmpty ? nil : state
        return error
    }
}
