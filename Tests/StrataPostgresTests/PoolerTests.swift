import StrataCore
import StrataTestSupport
import Testing

@testable import StrataPostgres

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A real PgBouncer in transaction mode, which runs each transaction of a connection on any of its servers.
@Suite struct PoolerTests {
    /// What a run of requests came to.
    private struct Tally: Sendable {
        var reads = 0
        var writes = 0
        var wrong = 0
        var unprepared = 0
        var lost: [StrataError] = []
        var lostReads = 0

        mutating func take(_ error: StrataError, isRead: Bool) {
            let isAboutStatements = ["26000", "42P05"].contains(error.sqlState ?? "")
            if isAboutStatements { unprepared += 1 } else { lost.append(error) }
            if isRead { lostReads += 1 }
        }

        static func + (left: Tally, right: Tally) -> Tally {
            Tally(
                reads: left.reads + right.reads, writes: left.writes + right.writes, wrong: left.wrong + right.wrong,
                unprepared: left.unprepared + right.unprepared, lost: left.lost + right.lost,
                lostReads: left.lostReads + right.lostReads)
        }
    }

    /// Reads and counts in turn, each task in a key of its own, while the event happens.
    private func run(
        _ count: Int, on shard: PostgresShard, beside event: @Sendable @escaping () async throws -> Void = {}
    ) async throws -> Tally {
        let tasks = 32
        return try await withThrowingTaskGroup(of: Tally.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    var tally = Tally()
                    let key = Key("counted:\(task)")
                    var least = 0
                    for request in 0..<(count / tasks) {
                        if request % 2 == 0 {
                            tally.writes += 1
                            let answer = await shard.apply([Mutation(.add(1), key: key)], context: .patient)[0]
                            switch answer {
                            case .success: least += 1
                            case .failure(let error): tally.take(error, isRead: false)
                            }
                        } else {
                            tally.reads += 1
                            do throws(StrataError) {
                                let found = try await shard.text(key).flatMap { Int($0) } ?? 0
                                if found < least { tally.wrong += 1 }
                                // What was lost may have happened.
                                least = max(least, found)
                            } catch {
                                tally.take(error, isRead: true)
                            }
                        }
                    }
                    return tally
                }
            }
            group.addTask {
                try await event()
                return Tally()
            }
            return try await group.reduce(Tally(), +)
        }
    }

    /// `STRATA_POOLED_REQUESTS` says how many requests; the server behind the pooler is restarted among them.
    @Test(arguments: [PostgresConfiguration.PreparedStatements.auto, .on])
    func neitherServersInTurnNorARestartCostAStatement(prepared: PostgresConfiguration.PreparedStatements) async throws
    {
        let count = ProcessInfo.processInfo.environment["STRATA_POOLED_REQUESTS"].flatMap(Int.init) ?? 4_000
        let server = try await PostgresServer.start()
        let pooler = try await PgBouncerServer(before: server)
        let configure: (inout PostgresConfiguration) -> Void = { configuration in
            configuration.prepared = prepared
            configuration.direct = server.url()
            configuration.retries = RetryBudgetOptions(reserve: 1000, most: 1000)
            configuration.breaker = CircuitBreakerOptions(slowCall: .seconds(20), minimumCalls: 1_000_000)
        }
        try await withShard(url: pooler.url(), configure: configure) { shard in
            let calm = try await run(count / 2, on: shard)
            #expect(calm.unprepared == 0 && calm.wrong == 0)
            #expect(calm.lost == [], "\(calm.lost.first.map(String.init(describing:)) ?? "")")
            let shaken = try await run(count / 2, on: shard) { try await server.restart() }
            try await eventually { (try? await shard.put("after", "1", context: .within(.seconds(1)))) != nil }
            #expect(shaken.unprepared == 0 && shaken.wrong == 0)
            // A write that was under way may have happened, and is not repeated; a read is.
            #expect(shaken.lostReads == 0)
            #expect(shaken.lost.allSatisfy { $0.mayHaveHappened && $0.code == .unavailable })
            print(
                "measured: \(count) requests through PgBouncer, prepared \(prepared.rawValue), a restart behind it:",
                "\(calm.unprepared + shaken.unprepared) with 26000 or 42P05, \(calm.wrong + shaken.wrong) wrong,",
                "\(calm.lost.count) failed before the restart, \(shaken.lost.count) writes were under way and \(shaken.lostReads) reads failed in it"
            )
        }
    }

    @Test func nothingIsSetOrPreparedBehindAPooler() async throws {
        let server = try await PostgresServer.start()
        let pooler = try await PgBouncerServer(before: server, servers: 1)
        let direct: (inout PostgresConfiguration) -> Void = { $0.direct = server.url() }
        try await withShard(url: pooler.url(), configure: direct) { shard in
            _ = try await shard.put("a", "1")
            #expect(try await shard.text("a") == "1")
            func value(_ sql: String) async throws -> String {
                let request = SingleRequest(sql: sql, isRepeatable: true, deadline: .now + .seconds(20)) {
                    $0.text(0, 0) ?? ""
                }
                shard.pool.submit(request)
                return try await request.completion.value()
            }
            #expect(
                try await value("SELECT count(*)::text FROM pg_prepared_statements WHERE name LIKE 'strata%'") == "0")
            #expect(try await value("SELECT current_setting('enable_seqscan')") == "on")
        }
        try await withShard(url: server.url()) { shard in
            _ = try await shard.put("a", "2")
            let request = SingleRequest(
                sql: "SELECT count(*)::text FROM pg_prepared_statements WHERE name LIKE 'strata%'", isRepeatable: true,
                deadline: .now + .seconds(20)
            ) { $0.text(0, 0) ?? "" }
            shard.pool.submit(request)
            #expect(try await request.completion.value() != "0", "without a pooler they are prepared")
        }
    }

    @Test func whatNeedsASessionAsksForTheDirectAddress() async throws {
        let server = try await PostgresServer.start()
        let pooler = try await PgBouncerServer(before: server)
        try await withShard(url: pooler.url(), install: false) { shard in
            let error = await #expect(throws: StrataError.self) {
                try await shard.install(deadline: .now + .seconds(20))
            }
            #expect(error?.code == .configuration && error?.message.contains("direct") == true)
        }
    }

    @Test func startupParametersThatAPoolerRefusesAreLeftOut() async throws {
        let server = try await PostgresServer.start()
        let pooler = try await PgBouncerServer(before: server)
        let url = pooler.url(parameters: "options=-c%20extra_float_digits%3D3&application_name=named")
        let direct: (inout PostgresConfiguration) -> Void = { $0.direct = server.url() }
        try await withShard(url: url, configure: direct) { shard in
            _ = try await shard.put("a", "1")
            #expect(try await shard.text("a") == "1")
        }
    }

    /// As when another user of the same server connection leaves nothing of a session behind.
    @Test(arguments: ["DISCARD ALL", "DEALLOCATE ALL"])
    func sessionsCleanedFromBehindCostNoRequest(sql: String) async throws {
        let configure: (inout PostgresConfiguration) -> Void = { configuration in
            configuration.connections = 2
            // Each connection gives up on prepared statements after some losses: new ones begin again.
            configuration.maximumAge = .milliseconds(200)
        }
        try await withShard(configure: configure) { shard in
            let cleaning = Task {
                var cleaned = 0
                while !Task.isCancelled {
                    let request = SingleRequest(sql: sql, deadline: .now + .seconds(20)) { _ in }
                    shard.pool.submit(request)
                    do { try await request.completion.value() } catch { break }
                    cleaned += 1
                }
                return cleaned
            }
            let tally = try await run(1600, on: shard)
            cleaning.cancel()
            let cleaned = await cleaning.value
            #expect(cleaned > 10)
            #expect(tally.unprepared == 0 && tally.wrong == 0)
            #expect(tally.lost == [], "\(tally.lost.first.map(String.init(describing:)) ?? "")")
        }
    }
}
