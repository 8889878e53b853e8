#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A private PgBouncer in front of a private Postgres, in transaction mode unless told otherwise.
package final class PgBouncerServer: Sendable {
    /// The port it listens on.
    package let port: Int
    private let directory: TemporaryDirectory
    private let process: ServerProcess

    /// Starts a pooler whose users are trusted.
    ///
    /// - Parameters:
    ///   - servers: how many connections to Postgres all clients share.
    ///   - settings: further settings, such as `["pool_mode": "session"]`.
    /// - Throws: an error that says so when PgBouncer is not installed.
    package init(before postgres: PostgresServer, servers: Int = 2, settings: [String: String] = [:]) async throws {
        directory = try TemporaryDirectory("pgbouncer", owner: PostgresTemplate.user)
        port = try LoopbackPort.free()
        let all = [
            "listen_addr": "127.0.0.1", "listen_port": "\(port)", "unix_socket_dir": "", "auth_type": "any",
            "pool_mode": "transaction", "default_pool_size": "\(servers)", "max_client_conn": "200",
            "server_login_retry": "0.1", "admin_users": "postgres",
        ].merging(settings) { $1 }
        let text =
            "[databases]\n* = host=127.0.0.1 port=\(postgres.port) user=postgres\n[pgbouncer]\n"
            + all.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)\n" }.joined()
        let path = directory.path + "/pgbouncer.ini"
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        // It refuses to run as root, as Postgres does.
        process = try ServerProcess(
            ServerProcess.Command(try ServerBinary.pgbouncer(), [path], user: PostgresTemplate.user),
            outputPath: directory.path + "/output.log", cleaningUp: directory.path)
        try await process.waitUntilReady { [port] in LoopbackPort.accepts(port) }
    }

    /// The address of a database behind it.
    ///
    /// - Parameter parameters: what follows the question mark.
    package func url(database: String = "postgres", parameters: String = "") -> String {
        "postgresql://postgres@127.0.0.1:\(port)/\(database)" + (parameters.isEmpty ? "" : "?\(parameters)")
    }

    /// The end of its log.
    package var log: String { process.outputTail }
}
