import Logging
import StrataCore
import StrataRedis
import Testing

@testable import StrataConfiguration

@Suite struct RedisTLSSettingsTests {
    @Test func `certificates are read from the file and the environment, and planned`() throws {
        let yaml = """
            redis: { urls: ["rediss://cache.example.com"], tls: { ca: /etc/ca.pem, certificate: own.pem, key: own.key } }
            """
        let loaded = try load(yaml, environment: ["STRATA_REDIS_TLS_SERVER_NAME": "cache.internal"])
        let redis = try #require(loaded.settings.redis)
        #expect(
            redis.tls
                == RedisTLS(
                    authority: "/etc/ca.pem", identity: .init(certificate: "own.pem", key: "own.key"),
                    serverName: "cache.internal"))
        #expect(
            redis.topology
                == .standalone(RedisURL(address: .tcp(host: "cache.example.com", port: 6379), isSecure: true)))
        #expect(
            loaded.plan.contains(
                "TLS, authorities from /etc/ca.pem, certificates for cache.internal, own certificate own.pem"))
        let plain = try load("redis: {urls: [\"rediss://h\"]}")
        #expect(plain.settings.redis?.tls == RedisTLS())
        #expect(plain.plan.contains("TLS, authorities from the system"))
    }

    @Test func `a master is reached as its sentinels are`() throws {
        for (scheme, isSecure) in [("redis", false), ("rediss", true)] {
            let redis = try load("redis: {urls: [\"\(scheme)://a\"], mode: sentinel, master: m}").settings.redis
            guard case .sentinel(let sentinel)? = redis?.topology else {
                Issue.record("\(String(describing: redis)) has no sentinels")
                return
            }
            #expect(sentinel.login.isSecure == isSecure && sentinel.sentinels.allSatisfy { $0.isSecure == isSecure })
        }
    }

    @Test func `a file that can't be used is refused at the start`() async throws {
        let settings = try load("redis: {urls: [\"rediss://h\"], tls: {ca: /nonexistent/ca.pem}}").settings
        let error = await #expect(throws: StrataError.self) {
            _ = try await Composition(settings, logger: Logger(label: "test"))
        }
        #expect(error?.code == .configuration && error?.message.contains("/nonexistent/ca.pem") == true)
    }
}
