import NIOConcurrencyHelpers
import StrataCore
import StrataTestSupport
import Testing

@testable import StrataPostgres

/// A primary that is lost under load, and its replica in its place: both are in the URL, libpq chooses.
@Suite(.serialized) struct PromotionTests {
    private enum Loss: CaseIterable {
        case killed
        /// It answers nothing and closes nothing.
        case stopped
    }

    @Test(arguments: Loss.allCases)
    private func writesGoToThePromotedReplica(loss: Loss) async throws {
        let first = try await PostgresServer.start()
        let begun = NIOLockedValueBox<ContinuousClock.Instant?>(nil)
        try await withShard(url: first.url()) { _ = try await $0.put("a", "1") }
        let second = try await first.startReplica()
        // Only what both have is acknowledged, so that nothing acknowledged is lost.
        try await first.runSQL("ALTER SYSTEM SET synchronous_standby_names = '*'")
        try await first.runSQL("SELECT pg_reload_conf()")
        try await eventually {
            try await first.value("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "1"
        }
        let url =
            "postgresql://postgres@127.0.0.1:\(first.port),127.0.0.1:\(second.port)/postgres"
            + "?target_session_attrs=read-write"
        let configure: (inout PostgresConfiguration) -> Void = { configuration in
            configuration.connectTimeout = .seconds(2)
            configuration.silenceLimit = .milliseconds(500)
        }
        try await withShard(url: url, install: false, configure: configure) { shard in
            let acknowledged = NIOLockedValueBox([Int](repeating: 0, count: 8))
            let recovered = NIOLockedValueBox<ContinuousClock.Instant?>(nil)
            let load = Task {
                await withTaskGroup(of: Void.self) { group in
                    for task in 0..<8 {
                        group.addTask {
                            while !Task.isCancelled {
                                let began = ContinuousClock.now
                                let answer = await shard.apply(
                                    [Mutation(.add(1), key: Key("n\(task)"))], context: .within(.seconds(1)))[0]
                                guard case .success(let outcome) = answer else {
                                    await Task.yield()
                                    continue
                                }
                                let value = outcome.current?.bytes.flatMap { Int(String(decoding: $0, as: UTF8.self)) }
                                acknowledged.withLockedValue { $0[task] = max($0[task], value ?? 0) }
                                guard let lost = begun.withLockedValue(\.self), began > lost else { continue }
                                recovered.withLockedValue { $0 = $0 ?? .now }
                            }
                        }
                    }
                }
            }
            try await eventually { acknowledged.withLockedValue { $0.allSatisfy { $0 > 10 } } }
            if loss == .killed { first.kill() } else { first.pause() }
            let lostAt = ContinuousClock.now
            begun.withLockedValue { $0 = lostAt }
            try await second.promote()
            try await eventually { recovered.withLockedValue(\.self) != nil }
            load.cancel()
            await load.value
            let took = try #require(recovered.withLockedValue { $0 }) - lostAt
            print("measured: postgres promotion, primary \(loss), \(took) from the loss to the first write")
            #expect(took < .seconds(5))
            for task in 0..<8 {
                let stored = Int(try await shard.text(Key("n\(task)")) ?? "") ?? 0
                #expect(stored >= acknowledged.withLockedValue { $0[task] }, "an acknowledged write was lost")
            }
            first.resume()
        }
    }

    /// `default_transaction_read_only` turned on under load: sessions are left, and no write is done twice or lost.
    @Test func aServerThatStopsTakingWritesIsLeftUnderLoad() async throws {
        let server = try await PostgresServer.start()
        let url = server.url() + "?target_session_attrs=read-write"
        try await withShard(url: url) { shard in
            let acknowledged = NIOLockedValueBox(0)
            let refused = NIOLockedValueBox(0)
            let load = Task {
                await withTaskGroup(of: Void.self) { group in
                    for task in 0..<8 {
                        group.addTask {
                            while !Task.isCancelled {
                                let answer = await shard.apply(
                                    [Mutation(.add(1), key: Key("n\(task)"))], context: .within(.seconds(2)))[0]
                                let counter = answer.error == nil ? acknowledged : refused
                                counter.withLockedValue { $0 += 1 }
                                await Task.yield()
                            }
                        }
                    }
                }
            }
            var slowest = Duration.zero
            for _ in 0..<3 {
                try await server.runSQL("ALTER SYSTEM SET default_transaction_read_only = on")
                try await server.runSQL("SELECT pg_reload_conf()")
                let refusedBefore = refused.withLockedValue(\.self)
                try await eventually { refused.withLockedValue(\.self) > refusedBefore + 8 }
                try await server.runSQL("ALTER SYSTEM RESET default_transaction_read_only")
                try await server.runSQL("SELECT pg_reload_conf()")
                let began = ContinuousClock.now
                let acknowledgedBefore = acknowledged.withLockedValue(\.self)
                try await eventually { acknowledged.withLockedValue(\.self) > acknowledgedBefore + 8 }
                slowest = max(slowest, ContinuousClock.now - began)
            }
            load.cancel()
            await load.value
            print(
                "measured: writes again \(slowest) after a server that refused them (25006) takes them, at the slowest of 3"
            )
            #expect(slowest < .seconds(5))
            var stored = 0
            for task in 0..<8 { stored += Int(try await shard.text(Key("n\(task)")) ?? "") ?? 0 }
            let (least, errors) = (acknowledged.withLockedValue(\.self), refused.withLockedValue(\.self))
            #expect(stored >= least && stored <= least + errors)
        }
    }
}
