import Dispatch
import StrataCore
import StrataTestSupport
import Testing

@testable import StrataPostgres

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Many readers at once, whose statements follow each other on one connection.
@Suite struct ReadCrowdTests {
    private func onReactor<Output: Sendable>(
        of shard: PostgresShard, _ body: @escaping @Sendable (ConnectionPool) -> Output
    ) async -> Output {
        await withCheckedContinuation { continuation in
            shard.reactor.call { continuation.resume(returning: body(shard.pool)) }
        }
    }

    /// Reads until the connection that is used first has been prompt, and answers the number of its process.
    private func warmUp(_ shard: PostgresShard) async throws -> pid_t {
        try await eventually {
            _ = try await shard.text("k0")
            return await onReactor(of: shard) { $0.connections.first?.place(at: .now).isPrompt ?? false }
        }
        let request = SingleRequest(sql: "SELECT pg_backend_pid()", isRepeatable: true, deadline: .now + .seconds(20)) {
            pid_t($0.integer(0, 0, as: Int32.self) ?? 0)
        }
        shard.pool.submit(request)
        return try await request.completion.value()
    }

    /// Reads every key of a crowd at once. The process of the connection that carries them is stopped as soon as all are on
    /// their way, in two statements; then it is let go on, or ended.
    private func readCrowd(retries: Int, isEnded: Bool) async throws -> [Int: Result<String?, StrataError>] {
        let count = 2 * StatementPlacement.minimumShare
        let configure: (inout PostgresConfiguration) -> Void = { configuration in
            configuration.connections = 2
            configuration.retries = RetryBudgetOptions(ratio: 0, reserve: retries)
        }
        return try await withShard(configure: configure) { shard in
            for number in 0..<count { _ = try await shard.put(Key("k\(number)"), "value \(number)") }
            let process = try await warmUp(shard)
            #expect(kill(process, SIGSTOP) == 0)
            defer { _ = kill(process, SIGCONT) }
            // A task on the reactor's thread makes the others there, so that all of them ask before any request is sent.
            let crowd = Task(executorPreference: shard.reactor) {
                await withTaskGroup(of: (Int, Result<String?, StrataError>).self) { group in
                    for number in 0..<count {
                        group.addTask {
                            do throws(StrataError) {
                                return (number, .success(try await shard.text(Key("k\(number)"))))
                            } catch {
                                return (number, .failure(error))
                            }
                        }
                    }
                    return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
                }
            }
            try await eventually {
                await onReactor(of: shard) { pool in
                    pool.connections.contains { $0.place(at: .now).reads == 2 } && pool.load?.requestsWaiting == 0
                }
            }
            #expect(try await shard.text("k1") == "value 1", "a reader alone does not wait behind the crowd")
            if isEnded { #expect(kill(process, SIGTERM) == 0) }
            #expect(kill(process, SIGCONT) == 0)
            return await crowd.value
        }
    }

    /// Two retries are enough: those who share a statement need one.
    @Test(arguments: [false, true])
    func whatFollowsOnAConnectionIsAnsweredWhateverBecomesOfIt(isEnded: Bool) async throws {
        let answers = try await readCrowd(retries: 2, isEnded: isEnded)
        for (number, answer) in answers { #expect(try answer.get() == "value \(number)") }
        #expect(answers.count == 2 * StatementPlacement.minimumShare)
    }

    @Test func beyondTheBudgetAllWhoSharedALostStatementHearOfIt() async throws {
        let answers = try await readCrowd(retries: 1, isEnded: true)
        let errors = answers.values.compactMap { answer -> StrataError? in
            if case .failure(let error) = answer { error } else { nil }
        }
        #expect(errors.count == StatementPlacement.minimumShare)
        #expect(errors.allSatisfy { $0.code == .unavailable && $0.origin == "shard-0" })
    }

    /// Else the server would wait for what it is to do next while the next callers are answered.
    @Test func whatCallersAskNextIsSentBeforeAResultThatHasComeIsTakenIn() async throws {
        let url = try await SharedServer.shared.database()
        let configure: (inout PostgresConfiguration) -> Void = { $0.connections = 1 }
        try await withShard(url: url, configure: configure) { shard in
            _ = try await shard.put("a", "1")
            let reader = ReadRequest(["a"], epoch: .none, shard: "shard-0", deadline: .now + .seconds(20))
            let sql = "SELECT 1 AS second"
            let second = SingleRequest(sql: sql, isRepeatable: true, deadline: .now + .seconds(20)) { _ in
                shard.pool.connections.first?.inFlight
            }
            let hold = DispatchSemaphore(value: 0)
            defer { hold.signal() }
            let readsAgain = Task(executorPreference: shard.reactor) {
                // The reactor sends both, and sees no result before it is let go on.
                shard.pool.submit(reader)
                shard.pool.submit(second)
                shard.reactor.call { hold.wait() }
                _ = try await reader.completion.value()
                return try await shard.text("a")
            }
            try await withShard(url: url, install: false) { observer in
                try await eventually {
                    try await observer.withConnection { connection in
                        try await connection.query(
                            "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle' AND query = \(sql)")[0]
                            .decode(Int.self) == 1
                    }
                }
            }
            hold.signal()
            #expect(try await second.completion.value() == 2, "the reader's next statement is under way beside it")
            #expect(try await readsAgain.value == "1")
        }
    }
}
