import StrataCore

extension Command {
    /// Commands that tell about the proxy, and those that it refuses with a reason.
    static let administration: [Command] =
        [
            Command(
                "command", arity: -1, flags: [.stale, .loading], group: "server", since: "2.8.13",
                "Get array of Redis command details", run: CommandCommand.run),
            Command(
                "info", arity: -1, flags: [.stale, .loading], group: "server", since: "1.0.0",
                "Get information and statistics about the server"
            ) { request, reply in
                let report = InfoReport(request)
                guard report.needsCount else {
                    reply.verbatim(report.text(keys: nil))
                    return .answered
                }
                return .perform(
                    PerformPlan(keys: []) { cache in
                        let keys = try? await cache.count()
                        return { $0.verbatim(report.text(keys: keys)) }
                    })
            },
            Command(
                "config", arity: -2, flags: [.admin, .stale, .loading], group: "server", since: "2.0.0",
                "A container for server configuration commands", run: config),
        ]
        + ["eval", "evalsha", "eval_ro", "evalsha_ro", "script", "function", "fcall", "fcall_ro"].map {
            refused($0, "scripts are not run: neither the store nor its caches could keep them atomic")
        }
        + ["module", "debug", "shutdown", "replicaof", "slaveof", "save", "bgsave", "bgrewriteaof", "migrate"].map {
            refused($0, "the proxy has nothing that this command could act on")
        }

    private static func refused(_ name: String, _ reason: String) -> Command {
        Command(
            name, arity: -1, flags: [.admin, .stale, .loading], group: "server", since: "1.0.0", "Refused: \(reason)"
        ) { _, _ throws(CommandError) in
            throw CommandError("ERR \(name.uppercased()) is not allowed here: \(reason)")
        }
    }

    private static let config: Handler = { request, reply throws(CommandError) in
        let arguments = request.arguments
        if arguments.isWord(1, "get") {
            guard arguments.count > 2 else { throw .arity("config|get") }
            var patterns: [GlobPattern] = []
            for index in 2..<arguments.count {
                patterns.append(contentsOf: GlobPattern(arguments.text(index).lowercased().utf8).map { [$0] } ?? [])
            }
            let found = settings(of: request.server).filter { name, _ in
                patterns.contains { $0.matches(Array(name.utf8)) }
            }
            reply.map(found.count)
            for (name, value) in found {
                reply.bulk(name)
                reply.bulk(value)
            }
            return .answered
        }
        for (word, name) in [("set" as StaticString, "SET"), ("rewrite", "REWRITE"), ("resetstat", "RESETSTAT")]
        where arguments.isWord(1, word) {
            throw CommandError(
                "ERR CONFIG \(name) is not allowed here: change the configuration file and reload it with SIGHUP")
        }
        throw .unknownSubcommand(arguments.text(1), of: "config")
    }

    /// The settings of Redis that have a counterpart here; clients and redis-benchmark ask for them.
    private static func settings(of server: ProxyContext) -> [(String, String)] {
        let configuration = server.configuration
        return [
            ("appendonly", "no"), ("databases", "1"), ("maxclients", String(configuration.maximumClients)),
            ("proto-max-bulk-len", String(configuration.limits.maximumBulkBytes)), ("save", ""),
            ("timeout", String(configuration.timeouts.idle?.components.seconds ?? 0)),
        ]
    }
}
