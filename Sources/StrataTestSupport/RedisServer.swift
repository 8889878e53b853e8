import NIOConcurrencyHelpers

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A private redis-server on a free port of the loopback address, without persistence unless asked for.
///
/// It ends with the last reference to it, and when the test process ends.
package final class RedisServer: Sendable {
    /// The port it listens on, the same after every restart.
    package let port: Int
    private let directory: TemporaryDirectory
    private let arguments: [String]
    private let tls: TLS?
    private let process: NIOLockedValueBox<ServerProcess>

    /// That a server speaks TLS on its port, and nothing else.
    package struct TLS: Sendable {
        /// What it shows.
        package var pair: TestCertificates.Pair
        /// The file of the authority that has to have issued what clients and other servers show.
        package var authority: String
        /// Whether clients need a certificate.
        package var asksClients: Bool

        package init(_ pair: TestCertificates.Pair, authority: String, asksClients: Bool = false) {
            self.pair = pair
            self.authority = authority
            self.asksClients = asksClients
        }

        /// As options of redis-server, each a name and its value.
        func options(port: Int) -> [(String, String)] {
            [
                ("port", "0"), ("tls-port", "\(port)"), ("tls-cert-file", pair.certificate),
                ("tls-key-file", pair.key), ("tls-ca-cert-file", authority), ("tls-replication", "yes"),
                ("tls-auth-clients", asksClients ? "yes" : "no"),
            ]
        }
    }

    private init(port: Int, directory: TemporaryDirectory, arguments: [String], tls: TLS?, process: ServerProcess) {
        self.port = port
        self.directory = directory
        self.arguments = arguments
        self.tls = tls
        self.process = NIOLockedValueBox(process)
    }

    /// Starts a server.
    ///
    /// - Parameters:
    ///   - password: what `AUTH` asks for.
    ///   - arguments: further options of redis-server, such as `["--maxmemory", "1mb"]`.
    ///   - tls: the certificates of a server that speaks TLS.
    package static func start(
        password: String? = nil, arguments: [String] = [], tls: TLS? = nil
    ) async throws -> RedisServer {
        let directory = try TemporaryDirectory("redis")
        let options = arguments + (password.map { ["--requirepass", $0] } ?? [])
        var attempts = 5
        while true {
            let port = try LoopbackPort.free()
            do {
                let process = try await launch(port: port, directory: directory, arguments: options, tls: tls)
                return RedisServer(
                    port: port, directory: directory, arguments: options, tls: tls, process: process)
            } catch let error as ServerProcessError {
                attempts -= 1
                guard attempts > 0 else { throw error }
            }
        }
    }

    /// The address for a client's configuration, without credentials.
    package var url: String { "redis://127.0.0.1:\(port)" }

    /// The path of the Unix socket it listens on as well.
    package var socketPath: String { directory.path + "/redis.sock" }

    /// The process identifier of the running server.
    package var identifier: Int32 { process.withLockedValue { $0.identifier } }

    /// Ends the server as a crash does (SIGKILL).
    package func kill() { process.withLockedValue { $0 }.kill() }

    /// Stops the server from running (SIGSTOP) while its connections stay open.
    package func pause() { process.withLockedValue { $0 }.send(SIGSTOP) }

    /// Lets a paused server go on (SIGCONT).
    package func resume() { process.withLockedValue { $0 }.send(SIGCONT) }

    /// Ends the server in order (SIGTERM).
    package func stop() async { await process.withLockedValue { $0 }.stop() }

    /// Starts the server again on its port, empty unless it persists; kills it first if it runs.
    package func restart() async throws {
        kill()
        let started = try await RedisServer.launch(
            port: port, directory: directory, arguments: arguments, tls: tls)
        process.withLockedValue { $0 = started }
    }

    private static func launch(
        port: Int, directory: TemporaryDirectory, arguments: [String], tls: TLS?
    ) async throws -> ServerProcess {
        let options =
            [
                "--port", "\(port)", "--bind", "127.0.0.1", "--dir", directory.path, "--unixsocket",
                directory.path + "/redis.sock", "--save", "", "--appendonly", "no", "--daemonize", "no",
                "--loglevel", "notice",
            ] + (tls?.options(port: port) ?? []).flatMap { ["--" + $0.0, $0.1] } + arguments
        let process = try ServerProcess(
            ServerProcess.Command(try ServerBinary.redisServer(), options),
            outputPath: directory.path + "/output.log", cleaningUp: directory.path)
        // The socket is made after the port, and a busy machine can take its time between the two.
        try await process.waitUntilReady {
            LoopbackPort.accepts(port) && access(directory.path + "/redis.sock", F_OK) == 0
        }
        guard process.isRunning else {
            throw ServerProcessError("another process took port \(port):\n\(process.outputTail)")
        }
        return process
    }
}
