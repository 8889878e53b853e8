import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What INFO answers.
struct InfoReport: Sendable {
    /// The version of Redis whose commands and error texts the proxy follows; clients switch features by it.
    static let redisVersion = "7.0.15"

    private static let defaults = ["server", "clients", "memory", "stats", "strata", "keyspace"]

    private let sections: Set<String>
    private let server: ProxyContext
    /// Whether the number of keys was asked for. Counting reads the whole store, so that only naming the section does it.
    let needsCount: Bool

    init(_ request: Request) {
        var names = Set((1..<max(1, request.arguments.count)).map { request.arguments.text($0).lowercased() })
        needsCount = !names.isDisjoint(with: ["keyspace", "all", "everything"])
        if names.isEmpty || !names.isDisjoint(with: ["default", "all", "everything"]) {
            names.formUnion(InfoReport.defaults)
        }
        sections = names
        server = request.server
    }

    /// The report; with the number of keys when it is known.
    func text(keys: Int?) -> String {
        InfoReport.defaults.filter(sections.contains).map { name in
            let title = name.prefix(1).uppercased() + name.dropFirst()
            return "# \(title)\r\n" + fields(of: name, keys: keys).map { "\($0):\($1)\r\n" }.joined()
        }.joined(separator: "\r\n")
    }

    private func fields(of section: String, keys: Int?) -> [(String, String)] {
        switch section {
        case "server": serverFields
        case "clients":
            [
                ("connected_clients", "\(server.clients.count)"),
                ("maxclients", "\(server.configuration.maximumClients)"), ("blocked_clients", "0"),
            ]
        case "memory":
            [("used_memory", "\(InfoReport.residentBytes)"), ("used_memory_rss", "\(InfoReport.residentBytes)")]
        case "stats": statisticsFields
        case "strata":
            strataFields
        default:
            keys.map { $0 > 0 ? [("db0", "keys=\($0),expires=0,avg_ttl=0")] : [] } ?? []
        }
    }

    private var serverFields: [(String, String)] {
        let uptime = server.startedAt.duration(to: .now).components.seconds
        return [
            ("redis_version", InfoReport.redisVersion), ("strata_version", server.configuration.version),
            ("redis_mode", "standalone"), ("process_id", "\(getpid())"), ("run_id", server.runID),
            ("tcp_port", "\(server.configuration.resp.port)"), ("uptime_in_seconds", "\(uptime)"),
            ("uptime_in_days", "\(uptime / 86_400)"),
        ]
            + server.configuration.libraryVersions.sorted { $0.key < $1.key }.map { ("\($0.key)_version", $0.value) }
    }

    private var strataFields: [(String, String)] {
        let counts = server.levels()
        return counts.byName.flatMap { name, count in
            [("\(name)_hits", "\(count.hits)"), ("\(name)_misses", "\(count.misses)")]
        } + [("stale_served", "\(counts.stale)")]
    }

    private var statisticsFields: [(String, String)] {
        let statistics = server.statistics
        let levels = server.levels().byName.map(\.count)
        return [
            ("total_connections_received", "\(statistics.connections.load(ordering: .relaxed))"),
            ("total_commands_processed", "\(statistics.requests.load(ordering: .relaxed))"),
            ("total_net_input_bytes", "\(statistics.receivedBytes.load(ordering: .relaxed))"),
            ("total_net_output_bytes", "\(statistics.sentBytes.load(ordering: .relaxed))"),
            ("rejected_connections", "\(statistics.rejectedConnections.load(ordering: .relaxed))"),
            ("keyspace_hits", "\(levels.reduce(0) { $0 + $1.hits })"),
            ("keyspace_misses", "\(levels.last.map(\.misses) ?? 0)"),
        ]
    }

    /// How much memory of the process is in use: the second number of `/proc/self/statm`, in pages; 0 where there is none.
    static var residentBytes: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
