import InMemoryTracing
import Logging
import Strata
import StrataConfiguration
import StrataCore
import StrataTestSupport
import Testing
import Tracing

/// Spans of a composition's levels, on real servers.
@Suite struct TracingTests {
    private let tracer = InMemoryTracer()
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func compose(_ redis: RedisServer, _ postgres: PostgresServer) async throws -> Composition {
        let source = ConfigurationSource(environment: [
            "STRATA_MEMORY": "none",
            "STRATA_REDIS_URLS_0": redis.url,
            "STRATA_REDIS_TIMEOUT": "10s",
            "STRATA_STORE_POSTGRES_SHARDS_0_URL": postgres.url(),
            "STRATA_STORE_POSTGRES_TIMEOUT": "10s",
        ])
        return try await withTracer(tracer) { try await Composition(source.load().settings, logger: logger) }
    }

    /// Runs the body in a span, and answers with the spans below it.
    private func spans(below body: () async throws -> Void) async throws -> [FinishedInMemorySpan] {
        tracer.clearFinishedSpans()
        let caller = try await tracer.withSpan("caller") { span in
            try await body()
            return span
        }
        return tracer.finishedSpans.filter { $0.parentSpanID == caller.spanID }
    }

    @Test func `a write and a read have a span at each level they reach`() async throws {
        let (redis, postgres) = (try await RedisServer.start(), try await PostgresServer.start())
        let composition = try await compose(redis, postgres)
        try await composition.run {
            let bytes = composition.manager.bytes
            let written = try await spans {
                _ = try await bytes.apply([Mutation(.put(Array("hidden value".utf8)), key: "secret")])[0].get()
            }
            #expect(written.map(\.operationName) == ["put postgres", "offer \(redis.place)"])
            let read = try await spans { _ = try await bytes.read(["secret"])[0].get() }
            let span = try #require(read.first)
            #expect(read.count == 1, "Redis answered")
            #expect(
                span.attributes == [
                    "db.system.name": "redis", "db.operation.name": "read", "db.namespace": "0",
                    "server.address": "127.0.0.1", "server.port": .int64(Int64(redis.port)), "strata.level": "redis",
                ])
            let strong = try await spans { _ = try await bytes.read(["secret", "b"], freshness: .strong)[0].get() }
            let shard = try #require(strong.first { $0.attributes.get("strata.level") == "store" })
            #expect(shard.operationName == "BATCH read postgres")
            #expect(shard.kind == .client)
            #expect(
                shard.attributes == [
                    "db.system.name": "postgresql", "db.operation.name": "BATCH read", "db.operation.batch.size": 2,
                    "db.namespace": "postgres", "server.address": "127.0.0.1",
                    "server.port": .int64(Int64(postgres.port)), "strata.level": "store", "strata.shard": "shard-0",
                ])
            for span in written + read + strong {
                #expect(span.status == nil)
                #expect(!"\(span)".contains("secret") && !"\(span)".contains("hidden"))
            }
        }
    }

    @Test func `servers that are gone make spans of errors, with the code alone`() async throws {
        let (redis, postgres) = (try await RedisServer.start(), try await PostgresServer.start())
        let composition = try await compose(redis, postgres)
        try await composition.run {
            let bytes = composition.manager.bytes
            _ = try await bytes.apply([Mutation(.put([1]), key: "secret")])[0].get()
            await redis.stop()
            await postgres.stop()
            try await eventually {
                let failed = try await spans { _ = await bytes.read(["secret"]) }
                let codes = failed.map { ($0.attributes.get("strata.level"), $0.attributes.get("error.type")) }
                return codes.contains { $0 == ("redis", "unavailable") }
                    && codes.contains { $0 == ("store", "unavailable") }
            }
            let failed = try await spans { _ = await bytes.read(["secret"]) }
            #expect(failed.count == 2)
            for span in failed {
                #expect(span.status == SpanStatus(code: .error, message: "unavailable"))
                #expect(!"\(span)".contains("secret"))
                #expect(span.errors.isEmpty)
            }
        }
    }
}

extension RedisServer {
    fileprivate var place: String { "127.0.0.1:\(port)" }
}
