import StrataCore
import Tracing

/// Watches the calls to a server: a span for each when there is a tracer, and its time when there are metrics.
struct ServerObserver: Sendable {
    private let spans: OperationSpans?
    private let times: OperationTimes?

    init(_ server: ObservedServer, _ operations: [ObservedOperation], _ observation: Observation) {
        spans = observation.tracer.map { OperationSpans($0, server) }
        times = observation.hasMetrics ? OperationTimes(server, operations) : nil
    }

    /// The reads, observed; nil when there is a tracer: a span has to lie below that of the task which asks.
    func observed(_ reads: any CallbackReads) -> (any CallbackReads)? {
        guard spans == nil else { return nil }
        return times.map { ObservedCallbackReads(base: reads, times: $0) } ?? reads
    }

    /// Makes a call about several keys.
    ///
    /// - Parameter name: what spans call the operation, where they tell more apart than metrics.
    nonisolated(nonsending) func call<Value>(
        _ operation: ObservedOperation, as name: @autoclosure () -> String, size: Int,
        _ body: nonisolated(nonsending) () async -> [Result<Value, StrataError>]
    ) async -> [Result<Value, StrataError>] {
        await observed(operation, as: name(), size: size, body) { CallFailures(of: $0) }
    }

    /// Makes a call that has one answer.
    nonisolated(nonsending) func callThrowing<Value>(
        _ operation: ObservedOperation, as name: @autoclosure () -> String? = nil, size: Int = 1,
        _ body: nonisolated(nonsending) () async throws(StrataError) -> Value
    ) async throws(StrataError) -> Value {
        try await observed(operation, as: name() ?? operation.name, size: size) {
            do throws(StrataError) {
                return Result<Value, StrataError>.success(try await body())
            } catch {
                return .failure(error)
            }
        } failures: { result in
            if case .failure(let error) = result { CallFailures(error) } else { nil }
        }.get()
    }

    private nonisolated(nonsending) func observed<Answer>(
        _ operation: ObservedOperation, as name: @autoclosure () -> String, size: Int,
        _ body: nonisolated(nonsending) () async -> Answer, failures: (Answer) -> CallFailures?
    ) async -> Answer {
        let began = times == nil ? nil : ContinuousClock.now
        let answer: Answer
        if let spans {
            let span = spans.start(name(), size: size)
            answer = await InstrumentationContext.$current.withValue(span.context) { await body() }
            spans.end(span, failures(answer))
        } else {
            answer = await body()
        }
        if let times, let began { times.record(operation, .now - began, failures(answer)) }
        return answer
    }
}
