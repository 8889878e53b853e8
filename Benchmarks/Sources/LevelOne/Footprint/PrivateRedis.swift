import Foundation
import NIOCore
import NIOPosix

/// A redis-server of a measurement's own: in memory only, on a socket in a temporary directory that nobody else knows.
struct PrivateRedis {
    /// Where it listens.
    let socket: String
    /// The number of its process.
    let process: Int32
    /// Closing it ends the server.
    private let lifeline: Pipe
    /// Finishes when the server has ended and its directory is gone.
    private let ended: AsyncStream<Never>

    /// Ends the server when the lifeline closes, which it also does when this process dies. With a signal that can't be
    /// blocked: children inherit the mask of the thread that started them, and the server has nothing to save.
    private static let script = """
        exec 2>/dev/null
        trap '' INT TERM HUP
        directory=$1; shift
        command -v "$1" >/dev/null || { rm -rf "$directory"; exit 127; }
        "$@" >"$directory/log" 2>&1 </dev/null &
        echo "$!" >"$directory/pid.new"; mv "$directory/pid.new" "$directory/pid"
        read -r line
        kill -KILL "$!" 2>/dev/null
        wait "$!"
        rm -rf "$directory"
        """
    private static let patience = Duration.seconds(10)

    /// Starts a server, and waits until it takes connections.
    ///
    /// - Parameter program: a path, or a name to be found in `PATH`.
    /// - Throws: `LevelOneError` when it doesn't, with what it said.
    static func start(_ program: String) async throws -> PrivateRedis {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("footprint-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let socket = directory.appendingPathComponent("socket").path
        let (shell, lifeline) = (Process(), Pipe())
        let (ended, continuation) = AsyncStream.makeStream(of: Never.self)
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = [
            "-c", script, "sh", directory.path, program, "--port", "0", "--unixsocket", socket, "--save", "",
            "--appendonly", "no", "--dir", directory.path,
        ]
        shell.standardInput = lifeline
        shell.terminationHandler = { _ in continuation.finish() }
        try shell.run()
        let deadline = ContinuousClock.now + patience
        while shell.isRunning, ContinuousClock.now < deadline {
            if let process = pid(in: directory), await accepts(socket) {
                return PrivateRedis(socket: socket, process: process, lifeline: lifeline, ended: ended)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        let log = (try? String(contentsOf: directory.appendingPathComponent("log"), encoding: .utf8)) ?? ""
        await PrivateRedis(socket: socket, process: 0, lifeline: lifeline, ended: ended).end()
        throw LevelOneError("'\(program)' doesn't start; install redis-server or give its path. \(log.suffix(500))")
    }

    /// Ends the server, and waits until it has ended.
    func end() async {
        try? lifeline.fileHandleForWriting.close()
        for await _ in ended {}
    }

    private static func pid(in directory: URL) -> Int32? {
        let text = try? String(contentsOf: directory.appendingPathComponent("pid"), encoding: .utf8)
        return text.flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    private static func accepts(_ socket: String) async -> Bool {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        guard let channel = try? await bootstrap.connect(unixDomainSocketPath: socket).get() else { return false }
        try? await channel.close()
        return true
    }
}
