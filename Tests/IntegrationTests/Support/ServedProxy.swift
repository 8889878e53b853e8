import Foundation
import NIOConcurrencyHelpers
import StrataTestSupport

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A `cache-proxy` as a user starts it: the built program in a process of its own, on free ports.
///
/// It ends with the last reference to it, and when the test process ends.
final class ServedProxy: Sendable {
    let respPort: Int
    let httpPort: Int
    let directory: TemporaryDirectory
    private let environment: [String: String]
    private let process: NIOLockedValueBox<ServerProcess?>

    /// Starts a proxy and waits until it serves.
    ///
    /// - Parameters:
    ///   - settings: the configuration file without its `listen` part; nil for none, and the embedded store in the
    ///     directory.
    ///   - directory: where the embedded store lives and the log goes; nil for a new one.
    ///   - environment: further variables.
    static func start(
        _ settings: String?, in directory: TemporaryDirectory? = nil, environment: [String: String] = [:]
    ) async throws -> ServedProxy {
        let directory = try directory ?? TemporaryDirectory("proxy")
        var attempts = 5
        while true {
            do {
                let proxy = ServedProxy(
                    respPort: try LoopbackPort.free(), httpPort: try LoopbackPort.free(), directory: directory,
                    environment: environment)
                if let settings { try proxy.write(settings) }
                try await proxy.launch(configured: settings != nil)
                return proxy
            } catch let error as ServerProcessError {
                attempts -= 1
                guard attempts > 0, error.description.contains("in use") else { throw error }
            }
        }
    }

    private init(respPort: Int, httpPort: Int, directory: TemporaryDirectory, environment: [String: String]) {
        self.respPort = respPort
        self.httpPort = httpPort
        self.directory = directory
        self.environment = environment
        process = NIOLockedValueBox(nil)
    }

    private var configurationPath: String { "\(directory.path)/strata-\(respPort).yaml" }

    private func write(_ settings: String) throws {
        let text = "listen: { resp: \"127.0.0.1:\(respPort)\", http: \"127.0.0.1:\(httpPort)\" }\n" + settings
        try writeFile(text, to: configurationPath)
    }

    private func launch(configured: Bool) async throws {
        var arguments = ["serve"]
        if configured {
            arguments += ["--config", configurationPath]
        } else {
            arguments += [
                "--data", "\(directory.path)/data", "--resp", "127.0.0.1:\(respPort)", "--http",
                "127.0.0.1:\(httpPort)",
            ]
        }
        let process = try ServerProcess(
            ServerProcess.Command(Repository.product("cache-proxy"), arguments, environment: environment),
            outputPath: "\(directory.path)/proxy-\(respPort).log")
        self.process.withLockedValue { $0 = process }
        try await process.waitUntilReady { LoopbackPort.accepts(respPort) && LoopbackPort.accepts(httpPort) }
    }

    /// Ends the proxy with SIGTERM, as an operator does.
    ///
    /// - Returns: its exit status.
    func stop() async throws -> Int32 {
        let process = process.withLockedValue { $0! }
        process.send(SIGTERM)
        return try await process.waitUntilEnd(within: .seconds(20))
    }

    /// Ends the proxy as a crash does.
    func kill() { process.withLockedValue { $0! }.kill() }

    /// Ends the proxy with SIGTERM and starts it again on the same ports and directory.
    func restart() async throws {
        _ = try await stop()
        try await launch(configured: access(configurationPath, R_OK) == 0)
    }

    /// The end of what the proxy logged.
    var log: String { process.withLockedValue { $0! }.outputTail }

    /// The lines of the log, over all starts, that report an error.
    var loggedErrors: [String] {
        get throws {
            let log = try String(contentsOfFile: "\(directory.path)/proxy-\(respPort).log", encoding: .utf8)
            return log.split(separator: "\n").map(String.init).filter { $0.contains(#/^\S+Z (error|critical) /#) }
        }
    }

    /// A connection to the proxy for the body's duration.
    func connected<Answer>(_ body: (RESPClient) async throws -> Answer) async throws -> Answer {
        try await RESPClient.connected(to: respPort, body)
    }

    /// One command over a connection of its own.
    @discardableResult
    func send(_ arguments: String...) async throws -> RESPValue {
        try await connected { try await $0.pipeline([arguments])[0] }
    }

    /// The counters of INFO's section `# Strata`.
    func counters() async throws -> [String: Int] {
        let info = try await send("INFO", "strata").text ?? ""
        return info.split(whereSeparator: \.isNewline).reduce(into: [:]) { counters, line in
            let parts = line.split(separator: ":")
            if parts.count == 2, let number = Int(parts[1]) { counters[String(parts[0])] = number }
        }
    }
}

/// Writes a text file.
func writeFile(_ text: String, to path: String) throws {
    guard let file = fopen(path, "w") else { throw ServerProcessError("can't write \(path)") }
    defer { fclose(file) }
    fputs(text, file)
}
