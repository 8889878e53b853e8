import NIOPosix
import StrataCore
import StrataTestSupport
import Testing

@testable import StrataRedis

/// Servers that speak TLS, with certificates of a private authority.
@Suite struct RedisTLSTests {
    private let certificates: TestCertificates

    init() async throws {
        certificates = try await TestCertificates()
    }

    private func configuration(
        _ server: RedisServer, host: String = "localhost", password: String? = nil, _ tls: RedisTLS? = nil,
        connectTimeout: Duration = .seconds(10)
    ) -> RedisConfiguration {
        let url = RedisURL(address: .tcp(host: host, port: server.port), password: password, isSecure: true)
        return RedisConfiguration(
            .standalone(url), connectTimeout: connectTimeout, commandTimeout: .seconds(20),
            breaker: CircuitBreakerOptions(slowCall: .seconds(20)),
            tls: tls ?? RedisTLS(authority: certificates.authority))
    }

    private func start(
        for hosts: [String] = ["localhost", "127.0.0.1"], password: String? = nil, asksClients: Bool = false
    ) async throws -> RedisServer {
        try await start(certificates.server(for: hosts), password: password, asksClients: asksClients)
    }

    private func start(
        _ pair: TestCertificates.Pair, password: String? = nil, asksClients: Bool = false
    ) async throws -> RedisServer {
        try await RedisServer.start(
            password: password,
            tls: RedisServer.TLS(pair, authority: certificates.authority, asksClients: asksClients))
    }

    /// The error of the first request, which has to come within the time to connect.
    private func refusal(of configuration: RedisConfiguration) async throws -> StrataError {
        let began = ContinuousClock.now
        let error = try await withClient(configuration) { client in
            await #expect(throws: StrataError.self) { try await client.send(words: "PING") }
        }
        #expect(ContinuousClock.now - began < configuration.connectTimeout + .seconds(5))
        return try #require(error)
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func `a server with the right certificate is spoken to`(host: String) async throws {
        let server = try await start(password: "secret")
        try await withClient(configuration(server, host: host, password: "secret")) { client in
            let value = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            #expect(try await client.send(RedisCommand("SET", [97], value), deadline: .soon) == .status("OK"))
            #expect(try await client.send(words: "GET", "a") == .bulk(value))
            let replies = try await client.send(
                (0..<1000).map { RedisCommand("ECHO", Array("\($0)".utf8)) }, deadline: .soon)
            #expect(replies == (0..<1000).map { .bulk(Array("\($0)".utf8)) })
            let wall = try #require(client.now(at: .only))
            let time = try #require(try await client.send(words: "TIME").timeMilliseconds)
            #expect(abs(wall - time) < 5000)
        }
    }

    @Test func `a certificate for another host is refused, unless that host is named`() async throws {
        let server = try await start(for: ["redis.internal"])
        for host in ["localhost", "127.0.0.1"] {
            let error = try await refusal(of: configuration(server, host: host))
            #expect(error.code == .authentication && error.message.contains("is not for \(host)"), "\(error)")
        }
        let tls = RedisTLS(authority: certificates.authority, serverName: "redis.internal")
        try await withClient(configuration(server, host: "127.0.0.1", tls)) { (client) async throws in
            #expect(try await client.send(words: "PING") == .status("PONG"))
        }
    }

    @Test func `an expired certificate is refused`() async throws {
        let server = try await start(certificates.server(for: ["localhost"], isExpired: true))
        let error = try await refusal(of: configuration(server))
        #expect(error.code == .authentication && error.message.contains("has expired"), "\(error)")
    }

    @Test func `a certificate of an authority that is not trusted is refused`() async throws {
        let server = try await start()
        let others = try await TestCertificates("Another Authority")
        let servers = [
            (server, RedisTLS(authority: others.authority)), (server, RedisTLS()),
            (try await start(certificates.selfSigned(for: ["localhost"])), nil),
        ]
        for (server, tls) in servers {
            let error = try await refusal(of: configuration(server, tls))
            #expect(error.code == .authentication && error.message.contains("no authority"), "\(error)")
        }
    }

    @Test func `a server that asks for a client's certificate gets it`() async throws {
        let server = try await start(asksClients: true)
        let others = try await TestCertificates("Another Authority")
        for pair in [nil, try await others.client("app")] {
            var tls = RedisTLS(authority: certificates.authority)
            tls.identity = pair.map { RedisTLS.Identity(certificate: $0.certificate, key: $0.key) }
            let error = try await refusal(of: configuration(server, tls))
            #expect(error.code == .authentication && error.message.contains("client's certificate"), "\(error)")
        }
        let own = try await certificates.client("app")
        let tls = RedisTLS(
            authority: certificates.authority,
            identity: RedisTLS.Identity(certificate: own.certificate, key: own.key))
        try await withClient(configuration(server, tls)) { (client) async throws in
            #expect(try await client.send(words: "PING") == .status("PONG"))
        }
    }

    @Test func `a server without TLS is found out within the time to connect`() async throws {
        let server = try await RedisServer.start()
        // A greeting whose random bytes hold a line's end is answered, any other is waited for.
        let error = try await refusal(of: configuration(server, connectTimeout: .seconds(2)))
        #expect(error.code == .unavailable && error.message.contains("speak TLS on this port"), "\(error)")
    }

    @Test func `a client without TLS is told that the server speaks it`() async throws {
        let server = try await start()
        var plain = configuration(server)
        plain.topology = .standalone(RedisURL(address: .tcp(host: "localhost", port: server.port)))
        let error = try await refusal(of: plain)
        #expect(error.code == .unavailable || error.code == .corrupt, "\(error)")
        #expect(error.message.contains("rediss://"), "\(error)")
    }

    @Test func `files that can't be used are named`() async throws {
        let server = try await start()
        let own = try await certificates.client("app")
        let options = [
            (RedisTLS(authority: "/nonexistent/ca.pem"), "/nonexistent/ca.pem"),
            (RedisTLS(authority: own.key), own.key),
            (RedisTLS(identity: .init(certificate: own.certificate, key: "/nonexistent/key")), "/nonexistent/key"),
        ]
        for (tls, path) in options {
            let error = try await refusal(of: configuration(server, tls))
            #expect(error.code == .configuration && error.message.contains(path), "\(error)")
            #expect { try tls.check() } throws: { ($0 as? StrataError)?.code == .configuration }
        }
    }

    @Test func `a lost secure connection is made again, and what was under way fails`() async throws {
        let server = try await start()
        let proxy = try await FaultProxy.start(
            upstreamPort: server.port, faults: FaultProxy.Faults(pieceBytes: 100))
        let url = RedisURL(address: .tcp(host: "localhost", port: proxy.port), isSecure: true)
        var settings = configuration(server)
        settings.topology = .standalone(url)
        // Within it a connection that does not answer is given up, although TLS would wait for the other side's goodbye.
        settings.commandTimeout = .seconds(1)
        try await withClient(settings) { client in
            #expect(try await client.send(words: "SET", "a", "1") == .status("OK"))
            await proxy.reset()
            try await eventually { (try? await client.send(words: "GET", "a")) == .bulk([49]) }
            server.pause()
            let error = await #expect(throws: StrataError.self) { try await client.send(words: "GET", "a") }
            #expect(error?.code == .timeout || error?.code == .unavailable)
            server.resume()
            try await eventually { (try? await client.send(words: "GET", "a")) == .bulk([49]) }
        }
        await proxy.stop()
    }
}
