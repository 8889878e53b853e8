import Testing

@testable import StrataConfiguration

@Suite struct PlanTests {
    @Test func `the plan of the built-in values reads as documented`() throws {
        #expect(
            try load("").plan == """
                configuration  no file: the built-in values
                RESP           127.0.0.1:6380, no password, at most 10000 clients
                HTTP           127.0.0.1:8080, no token
                level 1        memory, 256MiB, policy adaptive
                               copies live 1m, known absences 5s
                store          embedded, SQLite in ./strata-data, 4 files if the directory is new, timeout 2s
                versions       made by the embedded store; an acknowledged write outlives a loss of power
                invalidation   none: copies in other processes end by their TTL
                log level      info

                """)
    }

    @Test func `three levels are listed in the order in which they are asked`() throws {
        let yaml = """
            redis: { urls: ["redis://127.0.0.1:6379"] }
            store:
              postgres:
                shards:
                  - { url: "postgresql://user@127.0.0.1:5432/strata0", weight: 2 }
                  - url: "postgresql://user@127.0.0.1:5433/strata1"
                    replicas: ["postgresql://user@127.0.0.1:5434/strata1"]
                prepared: off
            """
        let lines = try load(yaml, environment: ["STRATA_REDIS_TTL": "1h"]).plan.split(separator: "\n")
        #expect(
            lines.contains("level 2        redis, standalone, 127.0.0.1:6379, connections per event loop: 1"))
        #expect(lines.contains("               prefix \"\", copies live 1h, timeout 250ms"))
        #expect(
            lines.contains(
                "store          postgres, 2 shards, at most 4 connections each, timeout 2s, retries 10 %, prepared off")
        )
        #expect(
            lines.contains(
                "               shard-1, weight 1, postgresql://user@127.0.0.1:5433/strata1,"
                    + " replica postgresql://user@127.0.0.1:5434/strata1"))
        #expect(lines.contains("               shard-0, weight 2, postgresql://user@127.0.0.1:5432/strata0"))
        #expect(
            lines.contains(
                "breaker        opens when 50 % of 20 or more requests within 10s fail, or 90 % are slow (redis 125ms,"
                    + " postgres 1s)"))
        #expect(lines.contains("               for 250ms to 5s, then 3 trials"))
        #expect(lines.contains("invalidation   redis-log, bound 2s, not enforced yet"))
        #expect(lines.contains("set by         STRATA_REDIS_TTL: redis.ttl"))
    }

    @Test(arguments: [
        ("store: none", "atomicity is per process, and entries end with it"),
        ("{store: none, redis: {urls: [\"redis://h\"]}}", "atomicity is per process, and what Redis loses is lost"),
        ("store: {embedded: {durability: process}}", "outlives the process, not a loss of power"),
        ("store: {postgres: {shards: [{url: \"postgresql://h\"}]}}", "durable and atomic for all processes"),
    ])
    func `the plan says who makes the versions and what a write survives`(yaml: String, expected: String) throws {
        #expect(try load(yaml).plan.contains(expected))
    }
}
