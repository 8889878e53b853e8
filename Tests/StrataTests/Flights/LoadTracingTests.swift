import InMemoryTracing
import Logging
import Strata
import StrataCore
import StrataTelemetry
import StrataTestSupport
import Testing
import Tracing

/// Whose trace a load belongs to, which runs in a task of the manager's.
@Suite struct LoadTracingTests {
    private let tracer = InMemoryTracer()
    private let executor = StepExecutor()
    private let manager: CacheManager

    init() throws {
        let observation = Observation(tracer: tracer, hasMetrics: false)
        manager = try CacheManager(
            memory: nil,
            tier: ObservedTier(ModelTier(), ObservedServer(.redis, level: .redis, name: "redis"), observation),
            store: ObservedStore(
                ModelStore(), ObservedServer(.postgresql, level: .store, name: "shard-0"), observation),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Reads a key in a span of its own, on the executor.
    private func read(_ key: Key) -> Task<InMemorySpan, Never> {
        Task(executorPreference: executor) { [tracer, manager] in
            await tracer.withSpan("caller") { span in
                _ = await manager.bytes.read([key])
                return span
            }
        }
    }

    /// The spans of a level, when there are as many as expected.
    private func spans(_ level: String, count: Int) async throws -> [FinishedInMemorySpan] {
        var found: [FinishedInMemorySpan] = []
        try await eventually {
            executor.run()
            found = tracer.finishedSpans.filter { $0.attributes.get("strata.level") == .string(level) }
            return found.count >= count
        }
        return found
    }

    @Test func `a load belongs to the trace of the caller that started it`() async throws {
        let task = read("a")
        executor.run()
        let caller = await task.value
        // The read of level 2, and the offer of what the store did not have either.
        let tier = try await spans("redis", count: 2)
        let store = try await spans("store", count: 1)
        for span in tier + store {
            #expect(span.parentSpanID == caller.spanID)
            #expect(span.links.isEmpty)
        }
    }

    @Test func `a load that takes other callers along has links to their spans`() async throws {
        let tasks = [read("a"), read("b"), read("a")]
        executor.run()
        var callers: [InMemorySpan] = []
        for task in tasks { callers.append(await task.value) }
        let read = try #require(await spans("redis", count: 1).first)
        #expect(read.parentSpanID == callers[0].spanID)
        #expect(read.attributes.get("db.operation.batch.size") == 2)
        let linked = read.links.map { $0.context.inMemorySpanContext?.spanID }
        #expect(linked == [callers[1].spanID, callers[2].spanID])
    }

    @Test func `callers without a trace are not linked to`() async throws {
        let tasks = ["a", "b"].map { (key: Key) in
            Task(executorPreference: executor) { [manager] in _ = await manager.bytes.read([key]) }
        }
        executor.run()
        for task in tasks { await task.value }
        let read = try #require(await spans("redis", count: 1).first)
        #expect(read.parentSpanID == nil)
        #expect(read.links.isEmpty)
    }
}
