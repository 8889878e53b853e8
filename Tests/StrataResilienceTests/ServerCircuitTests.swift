import Logging
import NIOConcurrencyHelpers
import StrataCore
import StrataResilience
import StrataTestSupport
import Testing

@Suite("A server's circuit")
struct ServerCircuitTests {
    /// Keeps what is logged.
    private struct Recorder: LogHandler {
        let lines: NIOLockedValueBox<[String]>
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.withLockedValue { $0.append("\(event.level): \(event.message)") }
        }
    }

    private let lines = NIOLockedValueBox<[String]>([])
    private let clock = ManualClock()
    private let lost = StrataError(.unavailable, "gone")

    private func makeCircuit() -> ServerCircuit {
        ServerCircuit(
            CircuitBreakerOptions(
                minimumCalls: 4, trials: 1, pause: Backoff(first: .seconds(1), last: .seconds(1))),
            origin: "shard-7", metrics: "strata_test", dimension: ("shard", "shard-7"),
            logger: Logger(label: "test") { [lines] _ in Recorder(lines: lines) }, clock: clock.timeSource)
    }

    @Test func `its transitions are logged once each, however many calls there are`() async throws {
        let circuit = makeCircuit()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<500 { _ = try? await circuit.call { () async throws(StrataError) in throw lost } }
                }
            }
        }
        #expect(lines.withLockedValue { $0 } == ["warning: The circuit is open"])
        let refusal = #expect(throws: StrataError.self) { try circuit.admit() }
        #expect(refusal?.code == .unavailable && refusal?.origin == "shard-7")
        #expect(throws: StrataError.self) { try circuit.check() }
        clock.advance(by: .seconds(1))
        try circuit.check()
        #expect(try await circuit.call { () async throws(StrataError) in 1 } == 1)
        for _ in 0..<100 { try await circuit.call { () async throws(StrataError) in } }
        #expect(
            lines.withLockedValue { $0 } == [
                "warning: The circuit is open", "debug: The circuit is half-open", "notice: The circuit is closed",
            ])
    }

    @Test func `without a connection it is open until there is one`() async throws {
        let circuit = makeCircuit()
        for _ in 0..<10 { circuit.unreachable(lost) }
        #expect(throws: StrataError.self) { try circuit.admit() }
        circuit.reached()
        try await circuit.call { () async throws(StrataError) in }
        #expect(lines.withLockedValue { $0 }.last == "notice: The circuit is closed")
        #expect(lines.withLockedValue { $0 }.count == 3)
    }
}
