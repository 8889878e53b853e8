import InMemoryTracing
import StrataCore
import StrataTelemetry
import StrataTestSupport
import Testing
import Tracing

/// Spans of calls to a shard.
@Suite struct ObservedStoreTests {
    private let tracer = InMemoryTracer()
    private let base = ModelStore(name: "shard-0")

    private var store: ObservedStore<ModelStore> {
        let server = ObservedServer(
            .postgresql, level: .store, name: "shard-0", shard: "shard-0", namespace: "strata0", address: "db",
            port: 5432)
        return ObservedStore(base, server, Observation(tracer: tracer, hasMetrics: true))
    }

    private var context: StoreContext { StoreContext(deadline: .now + .seconds(60)) }

    @Test func `a read names the database and the shard`() async throws {
        _ = await store.read(["k"], context: context)
        let span = try #require(tracer.finishedSpans.first)
        #expect(span.operationName == "read strata0")
        #expect(span.kind == .client)
        #expect(
            span.attributes == [
                "db.system.name": "postgresql", "db.operation.name": "read", "db.namespace": "strata0",
                "server.address": "db", "server.port": 5432, "strata.level": "store", "strata.shard": "shard-0",
            ])
    }

    @Test func `writes are called by what they do`() async throws {
        let put = Mutation(.put([1]), key: "a")
        let (delete, add) = (Mutation(.delete, key: "b"), Mutation(.add(1), key: "n"))
        for mutations in [[put], [delete], [put, put], [put, delete], [add]] {
            _ = await store.apply(mutations, context: context)
        }
        _ = try await store.applyAtomically([put, put], context: context)
        let spans = tracer.finishedSpans
        #expect(
            spans.map { $0.text("db.operation.name") } == ["put", "delete", "BATCH put", "BATCH", "add", "BATCH put"])
        #expect(spans.map { $0.attributes.get("db.operation.batch.size") } == [nil, nil, 2, 2, nil, 2])
    }

    @Test func `what concerns the whole store has one span each`() async throws {
        _ = try await store.scan(from: KeyPosition(rawValue: 0), count: 10, context: context)
        _ = try await store.count(context: context)
        _ = try await store.invalidate(Tag("t"), context: context)
        try await store.removeAll(context: context)
        _ = await store.health(context: context)
        #expect(
            tracer.finishedSpans.map { $0.text("db.operation.name") } == [
                "scan", "count", "invalidate-tag", "remove-all",
            ])
    }

    @Test func `an error of Postgres has its SQLSTATE beside the code`() async throws {
        base.failure = StrataError(.server, "relation \"secret\" does not exist", sqlState: "42P01")
        await #expect(throws: StrataError.self) { try await store.count(context: context) }
        let span = try #require(tracer.finishedSpans.first)
        #expect(span.text("error.type") == "server")
        #expect(span.text("db.response.status_code") == "42P01")
        #expect(span.status == SpanStatus(code: .error, message: "server"))
        #expect(!"\(span)".contains("secret"))
    }

    @Test func `a batch of which a part failed says for how many keys`() async throws {
        let mutations = [
            Mutation(.put(Array("text".utf8)), key: "a"), Mutation(.add(1), key: "a"), Mutation(.add(1), key: "b"),
        ]
        let results = await store.apply(mutations, context: context)
        #expect(results.count { (try? $0.get()) == nil } == 1)
        let span = try #require(tracer.finishedSpans.first)
        #expect(span.text("error.type") == "invalid-operation")
        #expect(span.attributes.get("strata.failures") == 1)
    }

    @Test func `a database in this process is an internal span`() async throws {
        let server = ObservedServer(.sqlite, level: .store, name: "embedded")
        let store = ObservedStore(base, server, Observation(tracer: tracer, hasMetrics: false))
        _ = await store.read(["k"], context: context)
        let span = try #require(tracer.finishedSpans.first)
        #expect(span.operationName == "read")
        #expect(span.kind == .internal)
    }

    @Test func `reads by callback have times, and are none where each has a span`() throws {
        let reads = HeldReads()
        let base = ModelStore(name: "shard-0", callbackReads: reads)
        let server = ObservedServer(.redis, level: .store, name: "redis")
        func observed(_ tracer: (any Tracer)?, hasMetrics: Bool) -> (any CallbackReads)? {
            ObservedStore(base, server, Observation(tracer: tracer, hasMetrics: hasMetrics)).callbackReads
        }
        #expect(observed(tracer, hasMetrics: true) == nil)
        #expect(observed(nil, hasMetrics: false) is HeldReads)
        #expect(ObservedStore(self.base, server, Observation(tracer: nil, hasMetrics: true)).callbackReads == nil)
        let measured = try #require(observed(nil, hasMetrics: true))
        for answers in [[.success(.absent(version: .zero))], [.failure(StrataError(.timeout, "late"))], nil]
            as [[Result<Entry, StrataError>]?]
        {
            var received: [[Result<Entry, StrataError>]?] = []
            #expect(measured.read(["k"], context: context) { received.append($0) })
            reads.answer(answers)
            #expect(received == [answers])
        }
    }
}
