import StrataCore

/// One connection that one caller has for itself, until it gives it back.
struct Session: Sendable {
    let connection: Connection
    private let settings: ConnectionSettings
    private let reactor: PostgresReactor

    init(_ connection: Connection) {
        self.connection = connection
        settings = connection.settings
        reactor = connection.reactor
    }

    /// Runs one statement in a transaction of its own, or in the one that was begun.
    ///
    /// When the caller's time is over or its task is cancelled, the connection is closed: nothing else tells the server.
    func run<Output: Sendable>(
        _ sql: String, _ parameters: ParameterList = ParameterList(), deadline: ContinuousClock.Instant,
        decode: @escaping @Sendable (ServerResult) throws(StrataError) -> Output
    ) async throws(StrataError) -> Output {
        let request = SingleRequest(sql: sql, parameters, deadline: deadline, decode: decode)
        if !reactor.call({ self.send(request) }) {
            request.fail(StrataError(.shutdown, "the shard was shut down", origin: settings.shard))
        }
        do {
            return try await request.completion.value()
        } catch {
            if error.code == .cancelled || error.code == .timeout, error.sqlState == nil { close(because: error) }
            throw error
        }
    }

    /// The same for a statement without results.
    func run(
        _ sql: String, _ parameters: ParameterList = ParameterList(), deadline: ContinuousClock.Instant
    ) async throws(StrataError) {
        try await run(sql, parameters, deadline: deadline) { _ in }
    }

    /// Closes the connection.
    func close(because error: StrataError) {
        let connection = connection
        reactor.call { connection.close(error) }
    }

    private func send<Output>(_ request: SingleRequest<Output>) {
        guard connection.phase == .ready else {
            return request.fail(settings.error(.unavailable, "the connection was lost"))
        }
        request.keeper = connection
        reactor.schedule(request)
        connection.send([request])
    }
}

extension SessionPool {
    /// Borrows a connection for the duration of the closure.
    nonisolated(nonsending) func withSession<Output>(
        deadline: ContinuousClock.Instant,
        _ body: nonisolated(nonsending) (Session) async throws(StrataError) -> Output
    ) async throws(StrataError) -> Output {
        let connection = try await acquire(deadline: deadline)
        defer { release(connection) }
        return try await body(Session(connection))
    }
}
