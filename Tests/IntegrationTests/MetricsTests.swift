import Foundation
import StrataTestSupport
import Testing

/// What `/metrics` shows, and that the documentation says so.
@Suite struct MetricsTests {
    private let page: String

    init() throws {
        page = try Repository.text("Sources/Strata/Documentation.docc/Metrics.md")
    }

    /// A metric, its type and its labels, as a row of the table has them.
    private struct Row: Hashable, CustomStringConvertible {
        var name: String
        var type: String
        var labels: Set<String>

        var description: String { "\(name) \(type) \(labels.sorted())" }
    }

    private var documented: Set<Row> {
        let rows = page.matches(of: /(?m)^\| `([a-z_]+)` \| (counter|gauge|histogram) \| ([^|]*)\|/).map { row in
            Row(
                name: String(row.1), type: String(row.2),
                labels: Set(row.3.matches(of: /`([a-z]+)`/).map { String($0.1) }))
        }
        return Set(rows)
    }

    private func rows(of text: String) -> Set<Row> {
        var rows: Set<Row> = []
        for line in text.split(separator: "\n") {
            guard let type = line.wholeMatch(of: /# TYPE (\S+) (\S+)/) else { continue }
            let sample = text.matches(
                of: try! Regex("(?m)^\(type.1)(?:_count)?(?:\\{(.*?)\\})? ", as: (Substring, Substring?).self))
            let labels = Set(sample.flatMap { ($0.1 ?? "").matches(of: /([a-z]+)="/).map { String($0.1) } })
            rows.insert(Row(name: String(type.1), type: String(type.2), labels: labels))
        }
        return rows
    }

    /// The client of level 2, not the log's.
    private let cache = "client=\"strata\""

    /// The value of the one sample whose labels contain these.
    private func value(_ name: String, _ labels: String..., in text: String) throws -> Double {
        let line = try #require(
            text.split(separator: "\n").first { line in
                line.hasPrefix("\(name){") && labels.allSatisfy { line.contains($0) }
            }, "\(name) \(labels)")
        return try #require(Double(line[line.index(after: line.lastIndex(of: " ")!)...]))
    }

    @Test func `a proxy shows the metrics of the table and no other, and they count`() async throws {
        let servers = try await Servers.start()
        let settings = servers.settings
            .replacing("ttl: 10m }", with: "ttl: 10m, hedge-quantile: 0.95 }")
            .replacing("timeout: 2s", with: "timeout: 10s\n    hedge-quantile: 0.95")
        let proxy = try await ServedProxy.start(settings)
        let keys = try await servers.oneKeyPerShard(of: proxy)
        for key in keys { try await proxy.send("GET", key) }
        func metrics() async throws -> String {
            try await TCPExchange.http("GET", "/metrics", port: proxy.httpPort).body
        }
        let shown = rows(of: try await metrics())
        let documented = documented
        #expect(documented.count > 40)
        #expect(shown.subtracting(documented).isEmpty, "these have no row, or another one, in Metrics.md")
        #expect(documented.subtracting(shown).isEmpty, "these are in Metrics.md, and not shown")

        // Gauges are looked at once a second.
        try await eventually {
            let text = try await metrics()
            let idle = try ["shard-0", "shard-1"].map { shard in
                try value("strata_postgres_connections_idle", "pool=\"shared\"", "shard=\"\(shard)\"", in: text)
            }
            return try idle.allSatisfy { $0 >= 1 } && value("strata_redis_connections_idle", cache, in: text) >= 1
        }
        let text = try await metrics()
        #expect(try value("strata_postgres_connections_limit", "pool=\"shared\"", in: text) == 4)
        #expect(try value("strata_redis_connections_limit", cache, in: text) >= 1)
        #expect(try value("strata_redis_connects_total", cache, in: text) >= 1)
        #expect(try value("strata_redis_requests_waiting", cache, in: text) == 0)
        for shard in ["shard-0", "shard-1"] {
            let labels = ("shard=\"\(shard)\"", "server=\"\(shard)\"")
            #expect(try value("strata_postgres_connects_total", "pool=\"sessions\"", labels.0, in: text) >= 1)
            #expect(try value("strata_postgres_statement_callers_count", labels.0, in: text) >= 1)
            #expect(try value("strata_operation_seconds_count", "operation=\"apply\"", labels.1, in: text) >= 1)
        }
        #expect(try value("strata_operation_seconds_count", "operation=\"offer\"", "level=\"redis\"", in: text) >= 1)
        for key in keys { #expect(!text.contains(key)) }
    }

    @Test func `lost servers are counted by reason`() async throws {
        let servers = try await Servers.start()
        let proxy = try await ServedProxy.start(servers.settings)
        let keys = try await servers.oneKeyPerShard(of: proxy)
        servers.redis.kill()
        servers.shards[1].kill()
        try await eventually {
            _ = try? await proxy.send("SET", keys[1], "y")
            let text = try await TCPExchange.http("GET", "/metrics", port: proxy.httpPort).body
            let reason = "reason=\"unavailable\""
            return try value("strata_redis_connection_losses_total", reason, in: text) >= 1
                && value("strata_postgres_connection_losses_total", reason, "shared", "shard-1", in: text) >= 1
                && value("strata_operation_failures_total", reason, "server=\"shard-1\"", in: text) >= 1
                && value("strata_redis_connections", cache, in: text) == 0
        }
    }
}
