#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension PostgresServer {
    /// Starts a streaming replica of this server, made with pg_basebackup.
    ///
    /// - Parameter settings: further settings, such as `["recovery_min_apply_delay": "3s"]`.
    package func startReplica(settings: [String: String] = [:]) async throws -> PostgresServer {
        let copy = try TemporaryDirectory("replica", owner: PostgresTemplate.user)
        // Through the socket, which is where the replica finds its primary later as well.
        try await PostgresTemplate.run(
            try ServerBinary.postgres("pg_basebackup"),
            [
                "--pgdata", copy.path + "/data", "--host", directory.path, "--port", "\(port)", "--username",
                "postgres",
                "--wal-method", "stream", "--checkpoint", "fast", "--write-recovery-conf", "--no-sync",
            ], output: copy.path + "/basebackup.log")
        let all = self.settings.merging(["wal_retrieve_retry_interval": "100ms"]) { $1 }.merging(settings) { $1 }
        return try await PostgresServer.start(on: copy, settings: all)
    }

    /// Makes a replica a primary, and waits until it is one.
    package func promote() async throws { try await runSQL("SELECT pg_promote()") }

    /// The first value of a query's answer, through psql and the Unix socket.
    package func value(_ sql: String, database: String = "postgres") async throws -> String {
        let path = directory.path + "/value-\(UInt64.random(in: 0 ... .max)).txt"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await PostgresTemplate.run(
            try ServerBinary.postgres("psql"),
            [
                "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1", "--host",
                directory.path, "--port", "\(port)", "--username", "postgres", "--dbname", database, "--command", sql,
            ], output: path)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return String(text.split(separator: "\n").first ?? "")
    }
}
