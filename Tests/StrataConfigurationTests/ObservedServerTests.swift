import StrataRedis
import StrataTelemetry
import Testing

@testable import StrataConfiguration

/// What spans and metrics call the servers of a configuration.
@Suite struct ObservedServerTests {
    private func server(_ url: String) throws -> ObservedServer {
        ObservedServer(.init(name: "shard-0", url: try #require(PostgresURL(url))))
    }

    @Test(
        arguments: [
            ("postgresql://user:pass@db:5433/strata0?sslmode=require", "db", 5433, "strata0"),
            ("postgres://[::1]:5432/d", "::1", 5432, "d"),
            ("postgresql://%2Frun%2Fpg/d", "/run/pg", nil, "d"),
            ("postgresql:///?host=/run/pg&dbname=d&port=1", "/run/pg", 1, "d"),
            ("postgresql://db", "db", nil, nil),
            ("postgresql:///d", nil, nil, "d"),
            ("postgresql://user:p%40ss@db/d?password=a@b", "db", nil, "d"),
            ("postgresql://db/d?password=a@b", "db", nil, "d"),
        ] as [(String, String?, Int?, String?)])
    func `a shard is its server and database`(
        url: String, address: String?, port: Int?, database: String?
    ) throws {
        let server = try server(url)
        #expect(server.address == address)
        #expect(server.port == port)
        #expect(server.namespace == database)
        #expect(server.system == .postgresql && server.level == .store && server.shard == "shard-0")
    }

    @Test(arguments: [
        "postgresql://a:1,b:2/d", "postgresql://u:secret@a,b/d", "postgresql:///d?host=a,b&port=1,2",
        "postgresql://u:p@secret@db/d", "postgresql://u:5432/secret@db/d",
    ])
    func `several servers, and what may be a part of a password, are not named`(url: String) throws {
        let server = try server(url)
        #expect(server.address == nil)
        #expect(server.port == nil)
        #expect(!"\(server)".contains("secret"))
    }

    @Test func `one Redis has an address, several have not, and none has its password`() throws {
        let url = try RedisURL(parsing: "redis://user:secret@cache:7000/4")
        let one = ObservedServer(RedisSettings(topology: .standalone(url)), level: .redis, name: "other")
        #expect(one.name == "cache:7000" && one.address == "cache" && one.port == 7000 && one.namespace == "4")
        let socket = try RedisURL(parsing: "redis+unix:///run/redis.sock")
        let local = ObservedServer(RedisSettings(topology: .standalone(socket)), level: .store, name: "other")
        #expect(local.address == "/run/redis.sock" && local.port == nil && local.level == .store)
        let ring = RedisSettings(topology: .ring([.init(url: url), .init(url: url)]))
        let several = ObservedServer(ring, level: .redis, name: "redis ring")
        #expect(several.name == "redis ring" && several.address == nil && several.namespace == "4")
        #expect(!"\(one) \(several)".contains("secret"))
    }
}
