import StrataCore
import Testing

@testable import StrataRedis

@Suite struct RedisURLTests {
    @Test func readsEveryForm() throws {
        #expect(try RedisURL(parsing: "redis://cache") == RedisURL(address: .tcp(host: "cache", port: 6379)))
        #expect(
            try RedisURL(parsing: "redis://ann:p%40ss%3Aw@10.0.0.1:7000/3")
                == RedisURL(
                    address: .tcp(host: "10.0.0.1", port: 7000), user: "ann", password: "p@ss:w", database: 3))
        #expect(
            try RedisURL(parsing: "redis://:secret@[::1]:7000/")
                == RedisURL(address: .tcp(host: "::1", port: 7000), password: "secret"))
        #expect(
            try RedisURL(parsing: "redis+unix:///run/redis.sock?db=2")
                == RedisURL(address: .unix(path: "/run/redis.sock"), database: 2))
        #expect(
            try RedisURL(parsing: "unix://:pw@/run/redis.sock")
                == RedisURL(address: .unix(path: "/run/redis.sock"), password: "pw"))
    }

    @Test(arguments: [
        "", "localhost:6379", "http://:canary@host", "redis://", "redis://:canary@", "redis://u:canary@host:0",
        "redis://u:canary@host:port", "redis://u:canary@host/x", "redis://u:canary%zz@host", "redis://canary@host",
        "rediss://u:canary@host:x", "rediss+unix://u:canary@/path", "redis://u:canary@[::1",
        "redis+unix://u:canary@host/path", "redis+unix://",
        "redis+unix:///path?database=canary", "redis://u:canary@host/-1",
    ])
    func refusesOthersWithoutRepeatingThem(text: String) {
        let error = #expect(throws: StrataError.self) { try RedisURL(parsing: text) }
        #expect(error?.code == .configuration)
        #expect(error?.description.contains("canary") == false)
    }

    @Test func thePasswordIsNeverShown() throws {
        let url = try RedisURL(parsing: "redis://u:canary@host:1/2")
        var dumped = ""
        dump(url, to: &dumped)
        dump(RedisConfiguration(.standalone(url)), to: &dumped)
        #expect(!dumped.contains("canary"))
        #expect(
            !"\(url) \(String(reflecting: url)) \([url]) \(RedisConfiguration(.standalone(url)))".contains("canary"))
        #expect("\(url)" == "host:1")
    }
}
