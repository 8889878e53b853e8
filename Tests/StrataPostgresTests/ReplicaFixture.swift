import Logging
import StrataCore
import StrataTestSupport

@testable import StrataPostgres

/// A private primary, a streaming replica of it, and a shard over both.
struct ReplicaFixture: Sendable {
    let primary: PostgresServer
    let replica: PostgresServer
    let shard: ReplicatedShard

    func text(
        _ key: Key, _ freshness: Freshness = .cached, within time: Duration = .seconds(10)
    ) async throws(StrataError) -> String? {
        let context = StoreContext(deadline: .now + time, freshness: freshness)
        return try await shard.read([key], context: context)[0].get().bytes.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Writes as another process would: this shard's floors hear nothing of it.
    @discardableResult
    func putUnheard(_ key: Key, _ text: String) async throws -> MutationOutcome {
        try await shard.primary.put(key, text)
    }

    /// Waits until the replica has replayed all that the primary has written.
    func catchUp() async throws {
        let position = try await primary.value("SELECT pg_current_wal_lsn()")
        try await eventually {
            try await replica.value("SELECT pg_last_wal_replay_lsn() >= '\(position)'::pg_lsn") == "t"
        }
    }

    /// Makes a heartbeat and waits until the replica has it and all that was written before.
    func beat() async throws {
        await shard.beat()
        try await catchUp()
    }

    /// Whether the replica answers: with what it has not replayed yet.
    func isReplicaAsked() async throws -> Bool {
        try await putUnheard("probe", "old")
        _ = try await text("probe")
        try await beat()
        try await setReplaying(false)
        try await putUnheard("probe", "new")
        let isAsked = try await text("probe") == "old"
        try await setReplaying(true)
        return isAsked
    }

    /// Stops the replica from replaying what it goes on to receive, or lets it go on.
    func setReplaying(_ isReplaying: Bool) async throws {
        _ = try await replica.value("SELECT pg_wal_replay_\(isReplaying ? "resume" : "pause")()")
        guard !isReplaying else { return }
        try await eventually { try await replica.value("SELECT pg_get_wal_replay_pause_state()") == "paused" }
    }
}

/// Runs the closure with a shard whose service runs.
func withReplica(
    bound: Duration = .seconds(2), patience: Duration = .milliseconds(300), settings: [String: String] = [:],
    _ body: @Sendable (ReplicaFixture) async throws -> Void
) async throws {
    let primary = try await PostgresServer.start()
    try await withShard(url: primary.url()) { shard in
        let replica = try await primary.startReplica(settings: settings)
        var configuration = try PostgresConfiguration(name: "shard-0/replica-0", url: replica.url())
        configuration.silenceLimit = .milliseconds(300)
        let replicated = ReplicatedShard(
            shard,
            replicas: [
                try PostgresReplica(
                    configuration, patience: patience, reactor: shard.reactor, logger: Logger(label: "test"))
            ], bound: bound)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await replicated.run() }
            try await body(ReplicaFixture(primary: primary, replica: replica, shard: replicated))
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}
