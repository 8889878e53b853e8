import HTTPTypes
import Hummingbird
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import Strata
import StrataCore
import Testing

@testable import StrataProxy

@Suite struct APIResponderTests {
    private let cache: TestCache

    init() throws {
        cache = try TestCache()
    }

    private func responder(health: [ComponentHealth] = [], token: String? = nil) -> APIResponder {
        let configuration = ProxyConfiguration(limits: RequestLimits(maximumBulkBytes: 100))
        let server = ProxyContext(configuration: configuration) { LevelCounts(store: LevelCount(hits: 5, misses: 2)) }
        return APIResponder(
            levels: ProxyLevels(
                cache: cache, memory: MemoryLevel(cache.memory), counts: server.levels, health: { health }),
            metrics: ProxyMetrics(server: server, factory: nil),
            access: HTTPAccess(address: .init(host: "127.0.0.1", port: 8080), token: token), maximumValueBytes: 100)
    }

    private func send(
        _ method: HTTPRequest.Method, _ path: String, _ headers: HTTPFields = [:], body: String = "",
        to responder: APIResponder? = nil
    ) async throws -> Response {
        let head = HTTPRequest(
            method: method, scheme: "http", authority: "localhost", path: path, headerFields: headers)
        let request = Hummingbird.Request(head: head, body: .init(buffer: ByteBuffer(string: body)))
        let source = ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: Logger(label: "test"))
        return try await (responder ?? self.responder()).respond(to: request, context: .init(source: source))
    }

    private func text(_ response: Response) async throws -> String {
        let collector = Collector()
        try await response.body.write(collector)
        return String(buffer: collector.box.withLockedValue { $0 })
    }

    @Test func aValueIsPutReadChangedAndRemoved() async throws {
        let created = try await send(.put, "/v1/kv/a%2Fb", body: "one")
        #expect(created.status == .created)
        let tag = try #require(created.headers[.eTag])
        let read = try await send(.get, "/v1/kv/a%2Fb")
        #expect(read.status == .ok && read.headers[.eTag] == tag)
        #expect(try await text(read) == "one")
        #expect(try await send(.get, "/v1/kv/a%2Fb", [.ifNoneMatch: tag]).status == .notModified)
        #expect(try await send(.put, "/v1/kv/a%2Fb", [.ifMatch: "\"0.999\""], body: "x").status == .preconditionFailed)
        #expect(try await send(.put, "/v1/kv/a%2Fb", [.ifNoneMatch: "*"], body: "x").status == .preconditionFailed)
        let changed = try await send(.put, "/v1/kv/a%2Fb", [.ifMatch: tag], body: "two")
        #expect(changed.status == .noContent && changed.headers[.eTag] != tag)
        #expect(try await send(.delete, "/v1/kv/a%2Fb", [.ifMatch: tag]).status == .preconditionFailed)
        #expect(try await send(.delete, "/v1/kv/a%2Fb").status == .noContent)
        #expect(try await send(.delete, "/v1/kv/a%2Fb").status == .notFound)
        #expect(try await send(.get, "/v1/kv/a%2Fb").status == .notFound)
        #expect(try await send(.put, "/v1/kv/none", [.ifMatch: "*"], body: "x").status == .preconditionFailed)
        #expect(try await send(.put, "/v1/kv/none", [.ifMatch: "\"0.1\", \"0.2\""]).status == .preconditionFailed)
    }

    @Test func lifetimesComeAndGoInAHeader() async throws {
        let name = try #require(HTTPField.Name("Strata-TTL"))
        #expect(try await send(.put, "/v1/kv/k", [name: "60s"], body: "v").status == .created)
        #expect(try await send(.get, "/v1/kv/k", [.cacheControl: "no-cache"]).headers[name] == "60000ms")
        cache.advance(milliseconds: 60_000)
        #expect(try await send(.get, "/v1/kv/k").status == .notFound)
        #expect(try await send(.put, "/v1/kv/k", [name: "soon"], body: "v").status == .badRequest)
    }

    @Test func errorsSayWhatToDo() async throws {
        cache.fail("down", StrataError(.unavailable, "no connection", origin: "shard-1"))
        let response = try await send(.get, "/v1/kv/down")
        #expect(response.status == .serviceUnavailable && response.headers[.retryAfter] == "1")
        #expect(try await text(response) == "{\"error\":\"unavailable\",\"message\":\"shard-1: no connection\"}\n")
        let long = String(repeating: "x", count: 101)
        #expect(try await send(.put, "/v1/kv/k", body: long).status == .contentTooLarge)
        #expect(try await send(.post, "/v1/kv/k").headers[.allow] == "GET, HEAD, PUT, DELETE")
        #expect(try await send(.get, "/v1/kv/%").status == .badRequest)
        #expect(try await send(.get, "/nothing").status == .notFound)
    }

    @Test func readinessFollowsTheStore() async throws {
        #expect(try await send(.get, "/health/live").status == .ok)
        #expect(try await send(.get, "/health/ready").status == .ok)
        let down = StrataError(.unavailable, "no connection")
        let shards = [
            ComponentHealth(.store, ServerHealth("shard-0")),
            ComponentHealth(.store, ServerHealth("shard-1", .down(down))),
        ]
        let degraded = try await send(.get, "/health/ready", to: responder(health: shards))
        #expect(degraded.status == .ok)
        #expect(try await text(degraded).contains("\"status\":\"degraded\""))
        let unready = try await send(
            .get, "/health/ready",
            to: responder(health: [
                ComponentHealth(.redis, ServerHealth("redis")),
                ComponentHealth(.store, ServerHealth("shard-1", .down(down))),
            ]))
        #expect(unready.status == .serviceUnavailable)
        #expect(
            try await text(unready) == """
                {"status":"unavailable","components":[{"level":"redis","name":"redis","state":"serving"},\
                {"level":"store","name":"shard-1","state":"down","error":"no connection"}]}

                """)
        let readOnly = [ComponentHealth(.store, ServerHealth("shard-0", .readOnly(down)))]
        let full = try await send(.get, "/health/ready", to: responder(health: readOnly))
        #expect(full.status == .ok)
        #expect(try await text(full).contains("\"status\":\"degraded\""))
    }

    @Test func metricsHaveTheLevelsAndNeedTheToken() async throws {
        let response = try await send(.get, "/metrics")
        #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        let lines = try await text(response)
        #expect(lines.contains("strata_hits_total{level=\"store\"} 5\n"))
        #expect(lines.contains("strata_misses_total{level=\"memory\"} 0\n"))
        let guarded = responder(token: "secret")
        #expect(try await send(.get, "/metrics", to: guarded).status == .unauthorized)
        #expect(try await send(.get, "/v1/kv/k", to: guarded).status == .unauthorized)
        #expect(try await send(.get, "/health/live", to: guarded).status == .ok)
        #expect(try await send(.get, "/metrics", [.authorization: "Bearer secret"], to: guarded).status == .ok)
    }
}

/// Takes in a response's body.
private struct Collector: ResponseBodyWriter {
    let box = NIOLockedValueBox(ByteBuffer())

    mutating func write(_ buffer: ByteBuffer) async throws {
        box.withLockedValue { _ = $0.writeImmutableBuffer(buffer) }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
