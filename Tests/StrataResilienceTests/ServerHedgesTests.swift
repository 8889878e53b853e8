import NIOConcurrencyHelpers
import StrataCore
import StrataTestSupport
import Testing

@testable import StrataResilience

@Suite struct ServerHedgesTests {
    /// Reads that are done at once until they are told to wait.
    private final class Server: Sendable {
        struct State {
            var calls = 0
            var cancelled = 0
            var slow: Set<Int> = []
        }

        let state = NIOLockedValueBox(State())

        /// The number of the call, for a slow one only when its task is cancelled.
        func read() async -> Result<Int, StrataError> {
            let (number, isSlow) = state.withLockedValue { state in
                state.calls += 1
                return (state.calls, state.slow.contains(state.calls))
            }
            guard isSlow else { return .success(number) }
            try? await Task.sleep(for: .seconds(60))
            state.withLockedValue { $0.cancelled += 1 }
            return .failure(StrataError(.cancelled, "the task was cancelled"))
        }

        var calls: Int { state.withLockedValue { $0.calls } }
    }

    private func hedges(ratio: Double = 0.1, reserve: Int = 0) -> ServerHedges {
        ServerHedges(
            HedgeOptions(minimumCalls: 64, budget: RetryBudgetOptions(ratio: ratio, reserve: reserve, most: 100)),
            metrics: "test", dimension: ("server", "test"))
    }

    private func isAnswer(_ result: Result<Int, StrataError>) -> Bool { (try? result.get()) != nil }

    /// Reads until it is known how long reads take: stripes are told apart by threads, so a batch takes some.
    private func warm(_ hedges: ServerHedges, _ server: Server) async throws {
        try await eventually {
            for _ in 0..<64 { _ = await hedges.read(server.read, isAnswer: isAnswer) }
            return hedges.delay != nil
        }
    }

    @Test func `a read that takes longer than most is sent once more, and the slower one is cancelled`() async throws {
        let (hedges, server) = (hedges(reserve: 10), Server())
        try await warm(hedges, server)
        let slow = server.calls + 1
        server.state.withLockedValue { $0.slow = [slow] }
        let result = await hedges.read(server.read, isAnswer: isAnswer)
        #expect(try result.get() == slow + 1)
        #expect(server.state.withLockedValue { $0.cancelled } == 1)
    }

    @Test func `no read is sent twice before it is known how long reads take`() async throws {
        let (hedges, server) = (hedges(reserve: 10), Server())
        server.state.withLockedValue { $0.slow = [1] }
        let read = Task { await hedges.read(server.read, isAnswer: isAnswer) }
        try await eventually { server.calls == 1 }
        #expect(hedges.delay == nil)
        read.cancel()
        await #expect(throws: StrataError.self) { try await read.value.get() }
        #expect(server.calls == 1)
    }

    @Test func `no more reads are sent twice than the budget allows`() async throws {
        let (hedges, server) = (hedges(ratio: 0, reserve: 3), Server())
        try await warm(hedges, server)
        let before = server.calls
        // Every read is slow, its repetition too; their callers give up.
        server.state.withLockedValue { $0.slow = Set(before...(before + 1000)) }
        let callers = (0..<20).map { _ in Task { await hedges.read(server.read, isAnswer: isAnswer) } }
        try await eventually { server.calls == before + 23 }
        for caller in callers { caller.cancel() }
        for caller in callers { _ = await caller.value }
        #expect(server.calls == before + 23)
    }

    @Test func `a failure is no answer while the other read is under way, and is the answer when both failed`()
        async throws
    {
        let hedges = hedges(reserve: 10)
        let server = Server()
        try await warm(hedges, server)
        let gate = Gate()
        let calls = NIOLockedValueBox(0)
        let down = StrataError(.unavailable, "down")
        let result = await hedges.read {
            let call = calls.withLockedValue { calls in
                calls += 1
                return calls
            }
            // The first waits until the second has failed.
            if call == 1 { await gate.pass() } else { gate.open() }
            return call == 1 ? Result<Int, StrataError>.success(call) : .failure(down)
        } isAnswer: {
            isAnswer($0)
        }
        #expect(try result.get() == 1)
        let failed = await hedges.read({ Result<Int, StrataError>.failure(down) }, isAnswer: isAnswer)
        #expect(throws: down) { try failed.get() }
    }
}
