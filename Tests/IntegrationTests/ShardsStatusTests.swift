import Foundation
import StrataTestSupport
import Testing

@Suite("cache-proxy shards status")
struct ShardsStatusTests {
    private struct Report: Decodable {
        struct Shard: Decodable {
            var name: String
            var place: String
            var weight: Int?
            var slots: Int?
            var state: String
            var latencyMilliseconds: Double?
            var error: String?
        }

        var store: String
        var epoch: Int?
        var shards: [Shard]
        var problems: [String]
    }

    /// What the command answers in both of its forms.
    private func status(_ settings: String) async throws -> (status: Int32, text: String, report: Report) {
        let directory = try TemporaryDirectory("shards")
        let path = "\(directory.path)/strata.yaml"
        try writeFile(settings, to: path)
        let text = try await ProxyProcess.run(["shards", "status", "--config", path])
        let json = try await ProxyProcess.run(["shards", "status", "--config", path, "--json"])
        #expect(text.status == json.status)
        return (text.status, text.output, try JSONDecoder().decode(Report.self, from: Data(json.output.utf8)))
    }

    @Test("Postgres: before the first start, while it serves, and with a shard down")
    func postgres() async throws {
        async let first = PostgresServer.start()
        async let second = PostgresServer.start()
        let servers = [try await first, try await second]
        defer { withExtendedLifetime(servers) {} }
        let settings = """
            store:
              postgres:
                shards:
                  - { name: shard-0, url: "\(servers[0].url(password: "canary"))", weight: 3 }
                  - { name: shard-1, url: "\(servers[1].url(password: "canary"))" }

            """
        let new = try await status(settings)
        #expect(new.status == 1)
        #expect(new.report.shards.map(\.state) == ["serving", "serving"] && new.report.epoch == nil)
        #expect(new.text.contains("! shard-0: the shard map can't be read: there is no shard map yet"))

        let proxy = try await ServedProxy.start(settings)
        let good = try await status(settings)
        #expect(good.status == 0, "\(good.text)")
        #expect(good.report.store == "postgres" && good.report.epoch == 1 && good.report.problems.isEmpty)
        #expect(good.report.shards.map(\.name) == ["shard-0", "shard-1"])
        #expect(good.report.shards.map(\.weight) == [3, 1])
        #expect(good.report.shards.compactMap(\.slots).reduce(0, +) == 16_384)
        #expect(good.report.shards.allSatisfy { $0.state == "serving" && ($0.latencyMilliseconds ?? 0) > 0 })
        #expect(good.report.shards[1].place == "127.0.0.1:\(servers[1].port)/postgres")
        #expect(!good.text.contains("canary") && !good.text.contains("postgres@"))

        servers[1].kill()
        let degraded = try await status(settings)
        #expect(degraded.status == 1)
        #expect(degraded.report.shards.map(\.state) == ["serving", "down"])
        #expect(degraded.report.shards.map(\.slots) == good.report.shards.map(\.slots))
        #expect(degraded.report.shards[1].error?.contains("shard-1") == true && degraded.text.contains("! shard-1"))
        #expect(!degraded.text.contains("canary"))

        servers[0].kill()
        let dead = try await status(settings)
        #expect(dead.status == 1 && dead.report.shards.map(\.state) == ["down", "down"])
        #expect(dead.report.shards.allSatisfy { $0.slots == nil } && dead.report.epoch == nil)
        withExtendedLifetime(proxy) {}
    }

    @Test("The embedded store: none yet, served by another process, and with a file gone")
    func embedded() async throws {
        let directory = try TemporaryDirectory("shards")
        let settings = "store: { embedded: { path: \"\(directory.path)/data\", shards: 3 } }\n"
        let path = "\(directory.path)/strata.yaml"
        try writeFile(settings, to: path)
        let none = try await ProxyProcess.run(["shards", "status", "--config", path])
        #expect(none.status == 1 && none.output.hasPrefix("Error: "))
        #expect(none.output.contains("there is no store in \(directory.path)/data yet"))

        let proxy = try await ServedProxy.start(settings)
        try await proxy.send("SET", "k", "v")
        let good = try await status(settings)
        #expect(good.status == 0, "\(good.text)")
        #expect(good.report.shards.map(\.name) == ["embedded-0", "embedded-1", "embedded-2"])
        #expect(good.report.shards.compactMap(\.slots).reduce(0, +) == 16_384)
        #expect(good.report.shards[0].place == "\(directory.path)/data/shard-0.sqlite")
        #expect(try await proxy.send("GET", "k") == "v")
        #expect(try await proxy.stop() == 0)

        try FileManager.default.removeItem(atPath: "\(directory.path)/data/shard-1.sqlite")
        let damaged = try await status(settings)
        #expect(damaged.status == 1 && damaged.report.shards.map(\.state) == ["serving", "down", "serving"])
    }

    @Test("Redis in the place of a store, and no store at all")
    func redis() async throws {
        let server = try await RedisServer.start(password: "canary")
        defer { withExtendedLifetime(server) {} }
        let settings = "redis: { urls: [\"redis://:canary@127.0.0.1:\(server.port)\"] }\nstore: none\n"
        let good = try await status(settings)
        #expect(good.status == 0 && good.report.shards.map(\.slots) == [16_384])
        #expect(good.report.shards[0].place == "127.0.0.1:\(server.port)" && !good.text.contains("canary"))
        server.kill()
        let dead = try await status(settings)
        #expect(dead.status == 1 && dead.report.shards.map(\.state) == ["down"])
        let none = try await status("store: none\n")
        #expect(none.status == 0 && none.report.shards.isEmpty && none.text.contains("memory is the authority"))
    }
}
