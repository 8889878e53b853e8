import InMemoryTracing
import StrataCore
import StrataTelemetry
import StrataTestSupport
import Testing
import Tracing

/// Spans of calls to level 2, by OpenTelemetry's conventions for database clients.
@Suite struct ObservedTierTests {
    private let tracer = InMemoryTracer()
    private let base = ModelTier()
    private let server = ObservedServer(
        .redis, level: .redis, name: "127.0.0.1:6379", namespace: "3", address: "127.0.0.1", port: 6379)

    private var tier: ObservedTier<ModelTier> {
        ObservedTier(base, server, Observation(tracer: tracer, hasMetrics: true))
    }

    private var soon: ContinuousClock.Instant { .now + .seconds(60) }

    @Test func `a read is a client's span with the conventions' names`() async throws {
        _ = await tier.read(["secret"], deadline: soon)
        let span = try #require(tracer.finishedSpans.first)
        #expect(span.operationName == "read 127.0.0.1:6379")
        #expect(span.kind == .client)
        #expect(
            span.attributes == [
                "db.system.name": "redis", "db.operation.name": "read", "db.namespace": "3",
                "server.address": "127.0.0.1", "server.port": 6379, "strata.level": "redis",
            ])
        #expect(span.status == nil)
        #expect(tracer.activeSpans.isEmpty)
    }

    @Test func `what a call is about more keys than one is a batch with its size`() async throws {
        _ = await tier.read(["a", "b", "c"], deadline: soon)
        let entry = Entry(version: Version(rawValue: 1), content: .absent)
        let offers = ["a", "b"].map { TierOffer(key: $0, entry: entry, lifetime: .seconds(1)) }
        _ = await tier.offer(offers, deadline: soon)
        _ = await tier.offer([offers[0]], deadline: soon)
        _ = await tier.invalidate([("a", .zero), ("b", .zero)], deadline: soon)
        let spans = tracer.finishedSpans
        #expect(
            spans.map { $0.text("db.operation.name") } == ["BATCH read", "BATCH offer", "offer", "BATCH invalidate"])
        #expect(spans.map { $0.attributes.get("db.operation.batch.size") } == [3, 2, nil, 2])
        #expect(spans[0].operationName == "BATCH read 127.0.0.1:6379")
    }

    @Test func `purges have names of their own, and health has no span`() async throws {
        try await tier.invalidate(Tag("t"), below: [:], deadline: soon)
        try await tier.removeAll(deadline: soon)
        _ = await tier.health(deadline: soon)
        #expect(tracer.finishedSpans.map { $0.text("db.operation.name") } == ["invalidate-tag", "remove-all"])
    }

    @Test func `of several servers the name and the address are left out`() async throws {
        let ring = ObservedServer(.redis, level: .redis, name: "redis ring", namespace: "0")
        let tier = ObservedTier(base, ring, Observation(tracer: tracer, hasMetrics: false))
        _ = await tier.read(["a"], deadline: soon)
        let span = try #require(tracer.finishedSpans.first)
        #expect(span.operationName == "read")
        #expect(span.attributes.get("server.address") == nil)
        #expect(span.attributes.get("server.port") == nil)
    }

    @Test func `a failure is its code, and names neither key nor reason`() async throws {
        base.failure = StrataError(.timeout, "no answer about the key 'secret'", origin: "redis")
        _ = await tier.read(["secret", "other"], deadline: soon)
        await #expect(throws: StrataError.self) { try await tier.removeAll(deadline: soon) }
        for span in tracer.finishedSpans {
            #expect(span.status == SpanStatus(code: .error, message: "timeout"))
            #expect(span.text("error.type") == "timeout")
            #expect(!"\(span)".contains("secret"))
            #expect(span.errors.isEmpty)
        }
        #expect(tracer.finishedSpans.map { $0.attributes.get("strata.failures") } == [2, nil])
    }

    @Test func `a span lies below its caller's, and is the context of what the tier does`() async throws {
        let probe = ContextProbe(base)
        let tier = ObservedTier(probe, server, Observation(tracer: tracer, hasMetrics: false))
        let caller = await tracer.withSpan("caller") { span in
            _ = await tier.read(["a"], deadline: soon)
            return span
        }
        let span = try #require(tracer.finishedSpans.first)
        #expect(span.parentSpanID == caller.spanID)
        #expect(span.traceID == caller.traceID)
        #expect(probe.seen == span.spanID)
    }

    @Test func `nothing is observed unless the process was bootstrapped for it`() {
        #expect(Observation.bootstrapped.tracer == nil)
        withTracer(tracer) { #expect(Observation.bootstrapped.tracer is InMemoryTracer) }
        #expect(Observation(tracer: nil, hasMetrics: false).isOff)
        #expect(!Observation(tracer: tracer, hasMetrics: false).isOff)
    }
}

extension FinishedInMemorySpan {
    func text(_ attribute: String) -> String? {
        if case .string(let text) = attributes.get(attribute) { text } else { nil }
    }
}
