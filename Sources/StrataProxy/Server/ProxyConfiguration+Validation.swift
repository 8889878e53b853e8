public import StrataCore

extension ProxyConfiguration {
    /// Refuses what can't work or would open the cache to everybody who can reach the machine.
    ///
    /// - Throws: `configuration`, saying what to change.
    public func validate() throws(StrataError) {
        if !resp.isLoopback, users.isEmpty {
            throw StrataError(
                .configuration,
                "listening for Redis clients on \(resp), which other machines can reach, needs a password: configure one"
                    + " or listen on 127.0.0.1")
        }
        if let http, !http.isLoopback, httpToken == nil {
            throw StrataError(
                .configuration,
                "listening for HTTP on \(http), which other machines can reach, needs a token: configure one or listen"
                    + " on 127.0.0.1")
        }
        if users.contains(where: \.password.isEmpty) || httpToken?.isEmpty == true {
            throw StrataError(.configuration, "a password or token is empty: give it a value or remove it")
        }
        if Set(users.map(\.name)).count < users.count {
            throw StrataError(.configuration, "two users have the same name: names have to differ")
        }
        for (value, name) in [
            (maximumClients, "the highest number of clients"),
            (maximumAcceptsPerSecond, "the highest number of new clients per second"),
            (maximumPipelinedRequests, "the highest number of requests under way"),
            (maximumPipelinedBytes, "the size of requests under way"),
            (maximumHTTPClients, "the highest number of HTTP clients"),
            (limits.maximumElements, "the highest number of arguments"),
            (limits.maximumBulkBytes, "the longest argument"), (limits.maximumInlineBytes, "the longest line"),
            (outputLimits.pauseBytes, "the output at which a client pauses"),
        ] where value < 1 {
            throw StrataError(.configuration, "\(name) is \(value) and has to be at least 1")
        }
    }
}
