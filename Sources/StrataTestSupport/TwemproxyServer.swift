#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A private twemproxy (Debian's nutcracker) in front of redis-servers, with its defaults: ketama and fnv1a_64.
package final class TwemproxyServer: Sendable {
    /// The port it listens on.
    package let port: Int
    private let directory: TemporaryDirectory
    private let process: ServerProcess

    /// Starts a proxy.
    ///
    /// - Parameter servers: as its configuration lists them: `host:port:weight`, and a name after a space.
    /// - Throws: an error that says so when twemproxy is not installed.
    package init(servers: [String]) async throws {
        directory = try TemporaryDirectory("twemproxy")
        port = try LoopbackPort.free()
        let statistics = try LoopbackPort.free()
        let configuration =
            "pool:\n  listen: 127.0.0.1:\(port)\n  redis: true\n  servers:\n"
            + servers.map { "   - \($0)\n" }.joined()
        let path = directory.path + "/nutcracker.yml"
        try configuration.write(toFile: path, atomically: false, encoding: .utf8)
        process = try ServerProcess(
            ServerProcess.Command(
                try ServerBinary.nutcracker(),
                ["--conf-file", path, "--stats-addr", "127.0.0.1", "--stats-port", "\(statistics)"]),
            outputPath: directory.path + "/output.log", cleaningUp: directory.path)
        try await process.waitUntilReady { [port] in LoopbackPort.accepts(port) }
    }
}
