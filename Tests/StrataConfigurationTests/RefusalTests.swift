import Testing

@testable import StrataConfiguration

/// What a person sees who made a mistake: the place, the key, and the way out.
@Suite struct RefusalTests {
    @Test func `a misspelt key is refused with its place and the nearest known key`() {
        let message = refusal(of: "memory:\n  ttl: 60s\n  capcity: 256MiB\n")
        #expect(message.hasPrefix("strata.yaml:3:3: unknown key \"memory.capcity\"; did you mean \"memory.capacity\"?"))
    }

    @Test(arguments: [
        ("memroy: {}", "memory"), ("redis: {url: \"redis://h\"}", "redis.urls"),
        ("shards: []", "store.embedded.shards\" or \"store.postgres.shards"),
        ("store: {shards: []}", "store.embedded.shards\" or \"store.postgres.shards"),
        ("capacity: 1GB", "memory.capacity"), ("listen: {tocken: x}", "listen.token"),
        ("store: {postgres: {shards: [{ulr: x}]}}", "store.postgres.shards[0].url"),
        ("listen: {maximum-clients: 5}", "listen.max-clients"),
    ])
    func `the nearest known key is found, also in another section`(yaml: String, nearest: String) {
        #expect(refusal(of: yaml).contains("did you mean \"\(nearest)\"?"))
    }

    @Test(arguments: [
        ("memory: {capacity: 256}", "strata.yaml:1:20: memory.capacity: expected a size such as 256MiB or 1GB"),
        ("memory: {capacity: banana}", "found \"banana\""),
        ("memory: {capacity: [1GB]}", "found a list"),
        (
            "memory:",
            "memory: expected none or a mapping with the keys capacity, policy, typical-entry, largest-entry-share, ttl,"
                + " negative-ttl, stale-period, stale-soft-timeout, stale-pause, found nothing"
        ),
        ("memory: {stale-pause: 1s}", "without it no copy is served beyond its ttl"),
        ("memory: {policy: random}", "memory.policy: expected one of lru, adaptive, found \"random\""),
        ("memory: {ttl: 60}", "memory.ttl: expected a duration such as 250ms, 60s, 10m, 2h or 1d"),
        ("memory: {ttl: 0s}", "or none, found \"0s\""),
        ("memory: {ttl: 99999999999999999999d}", "memory.ttl: expected a duration"),
        ("listen: {resp: \"6380\"}", "listen.resp: expected an address such as 127.0.0.1:6380"),
        ("listen: {resp: none}", "listen.resp: expected an address"),
        ("listen: {resp: \"127.0.0.1:65536\"}", "listen.resp: expected an address"),
        ("listen: {max-clients: 0}", "expected a whole number from 1 to 1000000, found \"0\""),
        ("listen: {password: \"\"}", "listen.password: expected a text that is not empty"),
        ("[1, 2]", "strata.yaml:1:1: expected a mapping with the keys listen, memory"),
        ("redis: {}", "redis.urls: a server is needed"),
        ("redis: {urls: \"redis://h\"}", "redis.urls: expected a list"),
        ("redis: {urls: [\"http://h\"]}", "redis.urls[0]: a Redis URL can't be used: it does not begin with redis://"),
        (
            "redis: {urls: [\"redis://a\", \"redis://b\"]}",
            "redis.urls: mode standalone takes one server and 2 are given"
        ),
        (
            "redis: {urls: [\"redis://a\"], mode: ring, weights: [1, 2]}",
            "redis.weights: each of the 1 urls needs one, and 2 are given"
        ),
        ("redis: {urls: [\"redis://a\"], names: [a]}", "redis.names: only mode ring has it"),
        ("redis: {urls: [\"redis://a\"], mode: sentinel}", "redis.master: the name is needed"),
        ("redis: {urls: [\"redis://a\"], master: m}", "redis.master: only mode sentinel has it"),
        ("redis: {urls: [\"redis://a/1\"], mode: cluster}", "redis.urls: with mode cluster the database is 0"),
        ("redis: {urls: [\"redis://a\"], mode: cluster, prefix: \"{p}\"}", "redis.prefix: a { in it"),
        ("{store: none, redis: {urls: [\"redis://a\"], mode: cluster}}", "redis.mode: without a store"),
        (
            "redis: {urls: [\"redis://a\", \"redis://a:6379\"], mode: ring}", "redis.urls: a:6379 is given twice"
        ),
        (
            "{store: none, redis: {urls: [\"redis://a\", \"redis://b\"], mode: ring}}",
            "redis.mode: without a store Redis is the authority"
        ),
        (
            "redis: {urls: [\"redis://a\"], tls: {ca: c}}",
            "redis.tls: it has a use only with urls that begin with rediss://"
        ),
        (
            "redis: {urls: [\"rediss://a\"], tls: {certificate: c}}",
            "redis.tls.key: a client's certificate needs the key"
        ),
        (
            "redis: {urls: [\"rediss://a\"], tls: {key: k}}",
            "redis.tls.certificate: a client's key needs the certificate"
        ),
        (
            "redis: {urls: [\"rediss://a\"], tls: {server-name: 10.0.0.1}}",
            "redis.tls.server-name: expected a host name"
        ),
        ("redis: {urls: [\"rediss://a\"], tls: {server-name: a..b}}", "redis.tls.server-name: expected a host name"),
        (
            "redis: {urls: [\"rediss://a\", \"redis://b\"], mode: cluster}",
            "redis.urls: with mode cluster either all begin with rediss://"
        ),
        ("store: {}\nredis: nothing", "redis: expected none or a mapping"),
        ("store: {postgres: {}}", "store.postgres.shards: at least one is needed"),
        (
            "store: {postgres: {shards: [{name: \(String(repeating: "a", count: 55)), url: \"postgresql://h\","
                + " replicas: [\"postgresql://r\"]}]}}", "shards[0].name: a shard with replicas has a name of at most"
        ),
        ("store: {postgres: {shards: [{name: a}]}}", "store.postgres.shards[0].url: missing"),
        ("store: {postgres: {shards: [{name: \"a b\", url: \"postgresql://h\"}]}}", "shards[0].name: expected a name"),
        (
            "store: {postgres: {shards: [{name: a, url: \"postgresql://h\"}, {name: a, url: \"postgresql://i\"}]}}",
            "shards[1].name: \"a\" is taken by another shard"
        ),
        ("store: {embedded: {path: a}, postgres: {}}", "there is one store, so remove one of them"),
        ("store: {embedded: {shards: 0}}", "store.embedded.shards: expected a whole number from 1 to 256"),
        ("invalidation: {sources: [redis-log]}", "redis-log needs a Redis: add a redis section"),
        ("invalidation: {sources: [gossip]}", "invalidation.sources[0]: expected one of redis-log"),
        ("{memory: none, store: none}", "so nothing could be kept"),
        ("listen: {resp: \"0.0.0.0:6380\"}", "listen.password is needed"),
        ("listen: {http: \"0.0.0.0:8080\"}", "listen.token is needed"),
        ("memory: {ttl: 1s}\nmemory: {ttl: 2s}", "strata.yaml:1:1: the key \"memory\" is there twice"),
        ("memory: {ttl: 1s", "strata.yaml:"),
        ("memory: *nowhere", "strata.yaml:1:9: found undefined alias"),
        ("a: 1\n--- \nb: 2", "strata.yaml:"),
    ])
    func `a mistake is refused with its place, its key and what was expected`(yaml: String, expected: String) {
        let message = refusal(of: yaml)
        #expect(message.contains(expected))
        #expect(message.hasPrefix("strata.yaml:"))
        #expect(!message.contains("\n"))
    }

    @Test func `a file that is not there or no text is named`() throws {
        let missing = #expect(throws: (any Error).self) {
            try ConfigurationSource(file: "/nonexistent/strata.yaml", environment: [:]).load()
        }
        #expect("\(try #require(missing))".hasPrefix("/nonexistent/strata.yaml: there is no such file"))
        let directory = #expect(throws: (any Error).self) {
            try ConfigurationSource(file: "/", environment: [:]).load()
        }
        #expect("\(try #require(directory))".hasPrefix("/: it can't be read"))
    }

    @Test func `aliases of aliases can't exhaust the memory`() {
        var yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            yaml += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(refusal(of: yaml).contains("more than 100000 values"))
    }
}
