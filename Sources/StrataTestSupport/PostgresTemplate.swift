#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A database cluster that `initdb` made once for the test process; servers start on copies of it.
actor PostgresTemplate {
    static let shared = PostgresTemplate()

    private struct Made {
        let directory: TemporaryDirectory
        /// Does nothing but keep a watchdog that removes the directory when the test process ends, however it ends.
        let keeper: ServerProcess
    }

    private var made: Task<Made, any Error>?

    /// The user that servers run as: Postgres refuses to run as root.
    static var user: String? { geteuid() == 0 ? "postgres" : nil }

    /// Copies the template to a path that does not exist yet.
    func copy(to path: String) async throws {
        let template = try await template().directory
        try await PostgresTemplate.run(
            "/bin/cp", ["-a", template.path + "/data", path], output: template.path + "/copy.log")
    }

    private func template() async throws -> Made {
        if let made { return try await made.value }
        let making = Task { try await PostgresTemplate.make() }
        made = making
        return try await making.value
    }

    private static func make() async throws -> Made {
        let directory = try TemporaryDirectory("pg-template", owner: user)
        try await run(
            try ServerBinary.postgres("initdb"),
            [
                "--pgdata", directory.path + "/data", "--username", "postgres", "--auth", "trust", "--encoding", "UTF8",
                "--locale", "C.UTF-8", "--no-sync", "--wal-segsize", "4",
            ], output: directory.path + "/initdb.log")
        let keeper = try ServerProcess(
            ServerProcess.Command("/bin/sleep", ["infinity"]), outputPath: "/dev/null", cleaningUp: directory.path)
        return Made(directory: directory, keeper: keeper)
    }

    /// Runs a program to its end.
    static func run(_ program: String, _ arguments: [String], output: String) async throws {
        let process = try ServerProcess(ServerProcess.Command(program, arguments, user: user), outputPath: output)
        let status = try await process.waitUntilEnd(within: .seconds(60))
        guard status == 0 else {
            throw ServerProcessError("\(program) failed with status \(status):\n\(process.outputTail)")
        }
    }
}
