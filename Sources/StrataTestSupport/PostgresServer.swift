import NIOConcurrencyHelpers

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A private Postgres server on a free port of the loopback address.
///
/// It ends with the last reference to it, and when the test process ends.
package final class PostgresServer: Sendable {
    /// The port it listens on, the same after every restart.
    package let port: Int
    let directory: TemporaryDirectory
    let settings: [String: String]
    private let process: NIOLockedValueBox<ServerProcess>

    init(port: Int, directory: TemporaryDirectory, settings: [String: String], process: ServerProcess) {
        self.port = port
        self.directory = directory
        self.settings = settings
        self.process = NIOLockedValueBox(process)
    }

    deinit {
        kill()
    }

    /// Starts a server whose superuser is `postgres`.
    ///
    /// - Parameters:
    ///   - fsync: whether commits reach the disk; off is fast, and survives the end of processes but not of the machine.
    ///   - authentication: the method for TCP connections, such as `scram-sha-256`; sockets are always trusted.
    ///   - settings: further settings, such as `["max_connections": "20"]`.
    package static func start(
        fsync: Bool = false, authentication: String = "trust", settings: [String: String] = [:]
    ) async throws -> PostgresServer {
        let directory = try TemporaryDirectory("postgres", owner: PostgresTemplate.user)
        try await PostgresTemplate.shared.copy(to: directory.path + "/data")
        if authentication != "trust" {
            let rules = "local all all trust\nhost all all 127.0.0.1/32 \(authentication)\n"
            try rules.write(toFile: directory.path + "/data/pg_hba.conf", atomically: false, encoding: .utf8)
        }
        let all = ["fsync": fsync ? "on" : "off"].merging(settings) { $1 }
        return try await start(on: directory, settings: all)
    }

    /// Starts a server on the data that are in the directory.
    static func start(on directory: TemporaryDirectory, settings all: [String: String]) async throws -> PostgresServer {
        var attempts = 5
        while true {
            let port = try LoopbackPort.free()
            do {
                let process = try await launch(port: port, directory: directory, settings: all)
                return PostgresServer(port: port, directory: directory, settings: all, process: process)
            } catch let error as ServerProcessError {
                attempts -= 1
                guard attempts > 0 else { throw error }
            }
        }
    }

    /// The address of a database for a client's configuration.
    ///
    /// - Parameter password: what to put behind the user's name.
    package func url(database: String = "postgres", user: String = "postgres", password: String? = nil) -> String {
        "postgresql://\(user)\(password.map { ":\($0)" } ?? "")@127.0.0.1:\(port)/\(database)"
    }

    /// Makes an empty database.
    package func createDatabase(_ name: String) async throws {
        try await runSQL("CREATE DATABASE \"\(name)\"")
    }

    /// Runs statements as the superuser, through psql and the Unix socket.
    package func runSQL(_ sql: String, database: String = "postgres") async throws {
        try await PostgresTemplate.run(
            try ServerBinary.postgres("psql"),
            [
                "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--host", directory.path, "--port", "\(port)",
                "--username", "postgres", "--dbname", database, "--command", sql,
            ], output: directory.path + "/psql.log")
    }

    /// The end of the server's log.
    package var log: String { process.withLockedValue { $0.outputTail } }

    /// Ends the server as a crash does: SIGKILL for the postmaster and all its children.
    package func kill() {
        let process = process.withLockedValue { $0 }
        guard process.isRunning else { return }
        let children = PostgresServer.halt(process)
        for child in children { _ = signalProcess(child, SIGKILL) }
        process.kill()
        // The next start is refused while one of them is still attached to the shared memory.
        let deadline = ContinuousClock.now + .seconds(5)
        while children.contains(where: { signalProcess($0, 0) == 0 }), ContinuousClock.now < deadline { usleep(1000) }
    }

    /// Stops the postmaster and all its children from running (SIGSTOP) while their connections stay open.
    ///
    /// Nothing is answered any more when it returns.
    package func pause() {
        let children = PostgresServer.halt(process.withLockedValue { $0 })
        for child in children { _ = signalProcess(child, SIGSTOP) }
        for child in children { PostgresServer.waitUntilStopped(child) }
    }

    /// Stops the postmaster from running, so that it starts no further child.
    ///
    /// - Returns: the children it has.
    private static func halt(_ postmaster: ServerProcess) -> [pid_t] {
        postmaster.send(SIGSTOP)
        waitUntilStopped(postmaster.identifier)
        return children(of: postmaster.identifier)
    }

    /// Waits until a process has taken its SIGSTOP, which takes effect a moment after it was sent.
    private static func waitUntilStopped(_ process: pid_t) {
        let deadline = ContinuousClock.now + .seconds(5)
        while let state = status(of: process)?.first, state != "T", state != "Z", ContinuousClock.now < deadline {
            usleep(100)
        }
    }

    /// Lets a paused server go on (SIGCONT).
    package func resume() {
        let process = process.withLockedValue { $0 }
        for child in PostgresServer.children(of: process.identifier) { _ = signalProcess(child, SIGCONT) }
        process.send(SIGCONT)
    }

    /// Ends the server in order, ending its sessions (a "fast" shutdown).
    package func stop() async { await process.withLockedValue { $0 }.stop(signal: SIGINT) }

    /// Starts the server again on its port and its data; kills it first if it runs.
    package func restart() async throws {
        kill()
        var attempts = 5
        while true {
            do {
                let started = try await PostgresServer.launch(port: port, directory: directory, settings: settings)
                return process.withLockedValue { $0 = started }
            } catch {
                // A client that looks for the server may hold the port for a moment, as its own end of an attempt.
                attempts -= 1
                guard attempts > 0 else { throw error }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    private static func launch(
        port: Int, directory: TemporaryDirectory, settings: [String: String]
    ) async throws -> ServerProcess {
        let data = directory.path + "/data"
        let pidFile = data + "/postmaster.pid"
        try? FileManager.default.removeItem(atPath: pidFile)
        var options = ["-D", data, "-p", "\(port)", "-c", "listen_addresses=127.0.0.1"]
        options += ["-c", "unix_socket_directories=\(directory.path)", "-c", "shared_buffers=32MB"]
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) { options += ["-c", "\(name)=\(value)"] }
        let process = try ServerProcess(
            ServerProcess.Command(try ServerBinary.postgres("postgres"), options, user: PostgresTemplate.user),
            outputPath: directory.path + "/output.log", cleaningUp: directory.path)
        // The last line of this file is what pg_ctl waits for.
        try await process.waitUntilReady {
            guard let text = try? String(contentsOfFile: pidFile, encoding: .utf8) else { return false }
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            return lines.count > 7 && lines[7].hasPrefix("ready")
        }
        return process
    }

    /// The processes whose parent is this one; none where there is no /proc, and then only the postmaster gets signals.
    private static func children(of parent: pid_t) -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { name in
            guard let identifier = pid_t(name), let fields = status(of: identifier) else { return nil }
            return fields.count > 1 && fields[1] == "\(parent)" ? identifier : nil
        }
    }

    /// What /proc says of a process behind its name: its state, its parent and more.
    private static func status(of process: pid_t) -> [Substring]? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        return text[text.index(after: end)...].split(separator: " ")
    }
}
