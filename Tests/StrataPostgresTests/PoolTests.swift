import NIOConcurrencyHelpers
import StrataCore
import StrataTestSupport
import Testing

@testable import StrataPostgres

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// How pools keep their connections: their number, their age, what they do after a pause.
@Suite struct PoolTests {
    private func backend(of shard: PostgresShard) async throws -> Int {
        let request = SingleRequest(sql: "SELECT pg_backend_pid()", isRepeatable: true, deadline: .now + .seconds(20)) {
            Int($0.integer(0, 0, as: Int32.self) ?? 0)
        }
        shard.pool.submit(request)
        return try await request.completion.value()
    }

    /// Restarts a server under load; `STRATA_RESTARTS` says how often. The server's own list of
    /// sessions is looked at all the while.
    @Test func restartsNeverExceedTheConnectionCap() async throws {
        let restarts = ProcessInfo.processInfo.environment["STRATA_RESTARTS"].flatMap(Int.init) ?? 3
        let server = try await PostgresServer.start()
        let configure: (inout PostgresConfiguration) -> Void = { configuration in
            configuration.connections = 3
            configuration.sessions = 2
            // Age adds its own changes of connections to those of the restarts.
            configuration.maximumAge = .milliseconds(300)
        }
        let peak = NIOLockedValueBox(0)
        let recovery = try await withShard(url: server.url(), configure: configure) { shard in
            let load = Task {
                await withTaskGroup(of: Void.self) { group in
                    for task in 0..<16 {
                        group.addTask {
                            while !Task.isCancelled {
                                _ = await shard.apply(
                                    [Mutation(.add(1), key: Key("k\(task)"))], context: .within(.milliseconds(500)))
                                await Task.yield()
                            }
                        }
                    }
                    group.addTask {
                        while !Task.isCancelled {
                            let count = try? await shard.withConnection(deadline: .now + .seconds(2)) { connection in
                                try await connection.query(
                                    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")[0]
                                    .decode(Int.self)
                            }
                            peak.withLockedValue { $0 = max($0, count ?? 0) }
                            await Task.yield()
                        }
                    }
                }
            }
            var longest = Duration.zero
            for _ in 0..<restarts {
                try await server.restart()
                let began = ContinuousClock.now
                try await eventually { (try? await shard.put("after", "1", context: .within(.seconds(1)))) != nil }
                longest = max(longest, ContinuousClock.now - began)
            }
            load.cancel()
            await load.value
            return longest
        }
        let highest = peak.withLockedValue { $0 }
        print("restarts: \(restarts), sessions on the server at most: \(highest) of 5, slowest recovery: \(recovery)")
        #expect((1...5).contains(highest))
        // The goal is 5 s on a machine of one's own; the suite's other servers share this one's processors.
        #expect(recovery < .seconds(15))
    }

    @Test func aConnectionThatDiedWhileIdleCostsNoRequest() async throws {
        let server = try await PostgresServer.start()
        let configure: (inout PostgresConfiguration) -> Void = { configuration in
            configuration.connections = 1
            configuration.idleLimit = .milliseconds(1)
        }
        try await withShard(url: server.url(), configure: configure) { shard in
            let first = try await backend(of: shard)
            // Longer than the limit of idleness, which is what both steps are about.
            try await Task.sleep(for: .milliseconds(5))
            #expect(try await backend(of: shard) == first, "a round trip that succeeds keeps the connection")
            try await Task.sleep(for: .milliseconds(5))
            // Stopped, its backend answers nothing and closes nothing, as behind a firewall that forgot the connection.
            #expect(kill(pid_t(first), SIGSTOP) == 0)
            let answer = await shard.apply([Mutation(.put([1]), key: "a")], context: .within(.seconds(10)))[0]
            #expect(throws: Never.self) { try answer.get() }
            #expect(try await backend(of: shard) != first)
            _ = kill(pid_t(first), SIGCONT)
        }
    }

    @Test func connectionsAreReplacedByAgeWithoutAnError() async throws {
        let configure: (inout PostgresConfiguration) -> Void = { configuration in
            configuration.connections = 2
            configuration.maximumAge = .milliseconds(100)
        }
        try await withShard(configure: configure) { shard in
            let backends = NIOLockedValueBox<Set<Int>>([])
            let end = ContinuousClock.now + .seconds(30)
            let errors = await withTaskGroup(of: [StrataError].self) { group in
                for task in 0..<8 {
                    group.addTask {
                        var errors: [StrataError] = []
                        while backends.withLockedValue(\.count) < 12, ContinuousClock.now < end {
                            let key = Key("k\(task)")
                            let result = await shard.apply([Mutation(.add(1), key: key)], context: .patient)[0]
                            if let error = result.error { errors.append(error) }
                            if let backend = try? await backend(of: shard) {
                                backends.withLockedValue { _ = $0.insert(backend) }
                            }
                        }
                        return errors
                    }
                }
                return await group.reduce(into: []) { $0 += $1 }
            }
            #expect(errors.isEmpty, "\(errors)")
            let count = backends.withLockedValue(\.count)
            #expect(count >= 12, "only \(count) connections within three hundred lives of one")
        }
    }

    @Test func aSessionInUseOutlivesItsAge() async throws {
        let configure: (inout PostgresConfiguration) -> Void = { configuration in
            configuration.sessions = 1
            configuration.maximumAge = .milliseconds(50)
        }
        try await withShard(install: false, configure: configure) { shard in
            func backend(_ connection: PostgresConnection) async throws -> Int {
                try await connection.query("SELECT pg_backend_pid()")[0].decode(Int.self)
            }
            let first = try await shard.withConnection { connection in
                try await connection.transaction { transaction in
                    let first = try await backend(transaction)
                    try await transaction.query("SELECT pg_sleep(0.2)")
                    #expect(try await backend(transaction) == first)
                    return first
                }
            }
            #expect(try await shard.withConnection { try await backend($0) } != first)
        }
    }
}
