import NIOConcurrencyHelpers
import StrataCore

/// How a session begins.
extension ConnectionSettings {
    /// What was found out about a session when it began.
    struct SessionFacts {
        /// Whether the store's statements are prepared in it.
        var prepares: Bool
    }

    /// The first request of a session: its settings, and the checks without which it is not used.
    ///
    /// A pooler gives its clients process numbers of its own, by which it is told from a server. Behind one, nothing is
    /// set for the session: whoever gets the server next would have it.
    /// - Parameter process: the number of the server process as the connection was told it.
    func setupRequest(
        process: Int32, _ done: @escaping (Result<SessionFacts, StrataError>) -> Void
    ) -> Request {
        var list = ParameterList()
        list.append(process)
        var calls: [String] = []
        for (name, value) in sessionSettings {
            list.append(text: name)
            list.append(text: value)
            calls.append("set_config($\(list.count - 1), $\(list.count), false)")
        }
        let sql = """
            SELECT current_setting('synchronous_commit') || CASE WHEN $1 = pg_backend_pid() THEN '' ELSE ' pooled' END,
                CASE WHEN $1 = pg_backend_pid() THEN ARRAY[\(calls.joined(separator: ", "))] END
            """
        return SessionRequest(sql: sql, list) { result in done(result.flatMap(check)) }
    }

    private func check(_ answer: String) -> Result<SessionFacts, StrataError> {
        let words = answer.split(separator: " ")
        guard words.first != "off" || allowsAsynchronousCommit else {
            return .failure(
                error(
                    .configuration,
                    "synchronous_commit is off, so acknowledged writes could be lost; turn it on, or allow asynchronous commit in the configuration"
                ))
        }
        let isPooled = words.contains("pooled")
        guard !isPooled || !needsSession || prepared == .on else {
            return .failure(
                error(
                    .configuration,
                    "a connection pooler is in the way of what needs a session; set the shard's direct to the address of the server itself"
                ))
        }
        return .success(SessionFacts(prepares: prepared == .on || (prepared == .auto && !isPooled)))
    }

    /// Whether connecting failed for a startup parameter that the next attempt leaves out.
    ///
    /// PgBouncer refuses `options` unless told to ignore it. What is in it has to be set for the role then.
    func leavesOutOptions(after text: String) -> Bool {
        guard text.contains("unsupported startup parameter: options") else { return false }
        return leavesOutOptions.withLockedValue { isLeftOut in
            defer { isLeftOut = true }
            return !isLeftOut
        }
    }
}
