#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A private sentinel on a free port of the loopback address, which watches one master.
package final class RedisSentinelServer: Sendable {
    /// The port it listens on.
    package let port: Int
    private let directory: TemporaryDirectory
    private let process: ServerProcess

    /// Starts a sentinel.
    ///
    /// - Parameters:
    ///   - master: what it calls the master.
    ///   - quorum: how many sentinels have to agree that the master is down.
    ///   - downAfter: after how many milliseconds without an answer the master is down to this sentinel.
    ///   - password: what the sentinel asks of clients and of other sentinels.
    ///   - serverPassword: what the master and its replicas ask for.
    ///   - tls: the certificates with which it speaks TLS to everybody.
    package init(
        of master: String, port masterPort: Int, quorum: Int = 2, downAfter: Int = 500, password: String? = nil,
        serverPassword: String? = nil, tls: RedisServer.TLS? = nil
    ) async throws {
        directory = try TemporaryDirectory("sentinel")
        port = try LoopbackPort.free()
        var lines = [
            "port \(port)", "bind 127.0.0.1", "dir \(directory.path)", "sentinel deny-scripts-reconfig yes",
            "sentinel monitor \(master) 127.0.0.1 \(masterPort) \(quorum)",
            "sentinel down-after-milliseconds \(master) \(downAfter)", "sentinel failover-timeout \(master) 3000",
        ]
        if let password { lines += ["requirepass \(password)", "sentinel sentinel-pass \(password)"] }
        if let serverPassword { lines.append("sentinel auth-pass \(master) \(serverPassword)") }
        lines += (tls?.options(port: port) ?? []).map { $0.0 + " " + $0.1 }
        let path = directory.path + "/sentinel.conf"
        try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: false, encoding: .utf8)
        process = try ServerProcess(
            ServerProcess.Command(try ServerBinary.redisServer(), [path, "--sentinel"]),
            outputPath: directory.path + "/output.log", cleaningUp: directory.path)
        try await process.waitUntilReady { [port] in LoopbackPort.accepts(port) }
    }
}
