import StrataCore
import StrataTestSupport
import Testing

@testable import StrataPostgres

/// What a pool does about errors that concern a connection or a server rather than a statement.
@Suite struct ServerErrorTests {
    @Test func refusalsOfConnectionsAreUnderstoodInAnyLanguage() {
        let english = ConnectionRefusal(
            """
            connection to server at "127.0.0.1", port 5432 failed: FATAL:  53300: sorry, too many clients already
            LOCATION:  InitProcess, proc.c:358

            """)
        #expect(english.sqlState == "53300")
        #expect(
            english.text
                == "connection to server at \"127.0.0.1\", port 5432 failed: FATAL:  sorry, too many clients already")
        #expect(ConnectionRefusal("… FATAL:  28P01: Passwort-Authentifizierung fehlgeschlagen").sqlState == "28P01")
        #expect(ConnectionRefusal("connection refused\nIs the server running?").sqlState == nil)
    }

    @Test func tooManyConnectionsAreSaidClearlyAndTheShardWorksWithThoseItHas() async throws {
        let server = try await PostgresServer.start(settings: [
            "max_connections": "5", "superuser_reserved_connections": "0", "max_wal_senders": "0",
        ])
        let wide: (inout PostgresConfiguration) -> Void = { $0.sessions = 8 }
        let narrow: (inout PostgresConfiguration) -> Void = { configuration in
            configuration.connections = 1
            configuration.sessions = 1
        }
        try await withShard(url: server.url(), configure: narrow) { shard in
            _ = try await shard.put("a", "1")
            try await withShard(url: server.url(), install: false, configure: wide) { greedy in
                let errors = await withTaskGroup(of: StrataError?.self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            do {
                                try await greedy.withConnection { try await $0.query("SELECT pg_sleep(0.5)") }
                                return nil
                            } catch { return error as? StrataError }
                        }
                    }
                    return await group.reduce(into: [StrataError]()) { if let error = $1 { $0.append(error) } }
                }
                let error = try #require(errors.first)
                #expect(errors.allSatisfy { $0.code == .unavailable && $0.sqlState == "53300" }, "\(errors)")
                #expect(error.message.contains("max_connections") && !error.message.contains("proc.c"))
                #expect(try await shard.text("a") == "1")
            }
        }
    }

    @Test func statementsForgottenByTheServerArePreparedAgain() async throws {
        let configure: (inout PostgresConfiguration) -> Void = { $0.connections = 1 }
        try await withShard(configure: configure) { shard in
            for round in 0..<3 {
                let outcome = try await shard.put("a", "\(round)")
                #expect(try await shard.text("a") == "\(round)" && outcome.version > Version(rawValue: 0))
                // As behind a pooler that has changed the server.
                let request = SingleRequest(sql: "DEALLOCATE ALL", deadline: .now + .seconds(20)) { _ in }
                shard.pool.submit(request)
                try await request.completion.value()
            }
        }
    }

    @Test func sessionsEndedByTheServerCostNoWrite() async throws {
        let server = try await PostgresServer.start()
        let configure: (inout PostgresConfiguration) -> Void = { configuration in
            configuration.retries = RetryBudgetOptions(reserve: 1000, most: 1000)
            configuration.breaker = CircuitBreakerOptions(slowCall: .seconds(20), minimumCalls: 1_000_000)
        }
        try await withShard(url: server.url(), configure: configure) { shard in
            _ = try await shard.put("a", "1")
            let load = Task {
                await withTaskGroup(of: (Int, [StrataError]).self) { group in
                    for task in 0..<8 {
                        group.addTask {
                            var acknowledged = 0
                            var errors: [StrataError] = []
                            while !Task.isCancelled {
                                let result = await shard.apply(
                                    [Mutation(.add(1), key: Key("n\(task)"))], context: .patient)[0]
                                if let error = result.error { errors.append(error) } else { acknowledged += 1 }
                                // A refusal does not suspend.
                                await Task.yield()
                            }
                            return (acknowledged, errors)
                        }
                    }
                    return await group.reduce(into: (0, [StrataError]())) {
                        $0.0 += $1.0
                        $0.1 += $1.1
                    }
                }
            }
            for _ in 0..<10 {
                try await server.runSQL(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'strata'")
                _ = await shard.read(["a"], context: .within(.seconds(5)))
            }
            load.cancel()
            let (acknowledged, errors) = await load.value
            // The last sessions' end, met while connecting, leaves the server alone for a moment.
            try await eventually { (try? await shard.put("after", "1")) != nil }
            var stored = 0
            for task in 0..<8 { stored += Int(try await shard.text(Key("n\(task)")) ?? "0") ?? 0 }
            // What is neither stored nor refused would be a write lost; what is stored twice, one repeated unsafely.
            let unknown = errors.count { $0.code != .cancelled }
            print("acknowledged \(acknowledged), stored \(stored), unknown or refused \(unknown)")
            #expect(stored >= acknowledged && stored <= acknowledged + errors.count)
        }
    }
}
