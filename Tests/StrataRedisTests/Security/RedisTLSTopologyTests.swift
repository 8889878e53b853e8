import NIOPosix
import StrataCore
import StrataTestSupport
import Testing

@testable import StrataRedis

/// Several servers that speak nothing but TLS.
@Suite struct RedisTLSTopologyTests {
    private let certificates: TestCertificates
    private let tls: RedisServer.TLS

    init() async throws {
        certificates = try await TestCertificates()
        tls = RedisServer.TLS(
            try await certificates.server(for: ["localhost", "127.0.0.1"]), authority: certificates.authority)
    }

    private func url(_ port: Int) -> RedisURL {
        RedisURL(address: .tcp(host: "127.0.0.1", port: port), isSecure: true)
    }

    private func configuration(_ topology: RedisConfiguration.Topology) -> RedisConfiguration {
        RedisConfiguration(
            topology, connectTimeout: .seconds(10), commandTimeout: .seconds(20),
            breaker: CircuitBreakerOptions(slowCall: .seconds(20)), tls: RedisTLS(authority: certificates.authority))
    }

    /// Copies of fifty keys are written and read.
    private func expectService(of configuration: RedisConfiguration) async throws {
        try await withClient(configuration) { (client) async throws in
            let tier = RedisTier(client: client, cluster: testCluster)
            let keys = (0..<50).map { Key("key-\($0)") }
            let entries = keys.map { Entry.string($0.bytes, version: Version(rawValue: 7)) }
            let offers = zip(keys, entries).map { TierOffer(key: $0, entry: $1, lifetime: .seconds(60)) }
            for result in await tier.offer(offers, deadline: .soon) { #expect(try result.get()) }
            let answers = await tier.read(keys, deadline: .soon)
            #expect(try answers.map { try $0.get()?.content } == entries.map(\.content))
        }
    }

    @Test func `a ring's servers are reached by TLS`() async throws {
        let servers = [try await RedisServer.start(tls: tls), try await RedisServer.start(tls: tls)]
        try await expectService(of: configuration(.ring(servers.map { .init(url: url($0.port)) })))
    }

    @Test func `sentinels and the master they name are reached by TLS`() async throws {
        let master = try await RedisServer.start(tls: tls)
        let sentinel = try await RedisSentinelServer(of: "main", port: master.port, quorum: 1, tls: tls)
        let login = RedisURL(address: .tcp(host: "main", port: 6379), isSecure: true)
        var options = configuration(
            .sentinel(.init(sentinels: [url(sentinel.port)], master: "main", login: login)))
        try await expectService(of: options)
        let others = try await TestCertificates("Another Authority")
        options.tls = RedisTLS(authority: others.authority)
        try await withClient(options) { client in
            let error = await #expect(throws: StrataError.self) { try await client.send(words: "PING") }
            #expect(error?.code == .authentication && error?.message.contains("no authority") == true)
            #expect(error?.origin?.contains("sentinel") == true)
        }
    }

    @Test func `a cluster's servers are reached by TLS`() async throws {
        var servers: [RedisServer] = []
        for _ in 0..<2 {
            servers.append(
                try await RedisServer.start(
                    arguments: [
                        "--cluster-enabled", "yes", "--tls-cluster", "yes", "--cluster-port",
                        "\(try LoopbackPort.free())",
                    ], tls: tls))
        }
        for (server, range) in zip(servers, [("0", "8191"), ("8192", "16383")]) {
            try await withClient(configuration(.standalone(url(server.port)))) { client in
                let added = try await client.send(words: "CLUSTER", "ADDSLOTSRANGE", range.0, range.1)
                #expect(added == .status("OK"))
            }
        }
        try await withClient(configuration(.standalone(url(servers[0].port)))) { client in
            let bus = try await withClient(configuration(.standalone(url(servers[1].port)))) { other in
                try await other.send(words: "CONFIG", "GET", "cluster-port").elements?.last?.bytes
            }
            let met = try await client.send(
                words: "CLUSTER", "MEET", "127.0.0.1", "\(servers[1].port)",
                String(decoding: try #require(bus), as: UTF8.self))
            #expect(met == .status("OK"))
        }
        for server in servers {
            try await withClient(configuration(.standalone(url(server.port)))) { client in
                try await eventually {
                    let reply = try await client.send(words: "CLUSTER", "INFO")
                    let text = String(decoding: reply.bytes ?? [], as: UTF8.self)
                    return text.contains("cluster_state:ok") && text.contains("cluster_known_nodes:2")
                        && text.contains("cluster_slots_ok:16384")
                }
            }
        }
        try await expectService(of: configuration(.cluster([url(servers[0].port)])))
    }
}
