import Foundation
import StrataTestSupport

/// The executable as a user runs it: a process of its own, in a directory of its own.
struct ProxyProcess {
    let process: ServerProcess
    let directory: TemporaryDirectory

    /// Starts the executable; nothing of the tests' own environment reaches its configuration.
    init(
        _ arguments: [String], environment: [String: String] = [:],
        in directory: TemporaryDirectory? = nil
    ) throws {
        let directory = try directory ?? TemporaryDirectory("proxy")
        self.directory = directory
        process = try ServerProcess(
            ServerProcess.Command(Repository.product("cache-proxy"), arguments, environment: environment),
            outputPath: directory.path + "/output.log", cleaningUp: nil)
    }

    /// Everything written to standard output and standard error so far.
    var output: String { (try? String(contentsOfFile: process.outputPath, encoding: .utf8)) ?? "" }

    /// Runs to the end.
    static func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> (status: Int32, output: String) {
        let proxy = try ProxyProcess(arguments, environment: environment)
        let status = try await proxy.process.waitUntilEnd(within: .seconds(60))
        return (status, proxy.output)
    }

    /// Serves on free ports with the embedded store, and waits until Redis clients can connect.
    static func serving(
        _ arguments: [String] = [], environment: [String: String] = [:], in directory: TemporaryDirectory? = nil
    ) async throws -> (proxy: ProxyProcess, port: Int) {
        let directory = try directory ?? TemporaryDirectory("proxy")
        // A second run in the same directory appends to the same file: only what comes after it is its own.
        let before = (try? String(contentsOfFile: directory.path + "/output.log", encoding: .utf8))?.count ?? 0
        let proxy = try ProxyProcess(
            ["serve", "--resp", "127.0.0.1:0", "--http", "none", "--data", directory.path + "/data"] + arguments,
            environment: environment, in: directory)
        var port = 0
        try await proxy.process.waitUntilReady(within: .seconds(60)) {
            let line = proxy.output.dropFirst(before).firstMatch(of: /listening for Redis clients .*port=(\d+)/)
            port = line.flatMap { Int($0.1) } ?? 0
            return port != 0
        }
        return (proxy, port)
    }
}
