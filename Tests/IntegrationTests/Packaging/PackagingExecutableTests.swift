import Foundation
import StrataTestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// `cache-proxy` as its users and their init systems see it.
@Suite struct PackagingExecutableTests {
    @Test func `the version names the libraries in use`() async throws {
        let (status, output) = try await ProxyProcess.run(["--version"])
        #expect(status == 0)
        #expect(
            output.wholeMatch(of: /cache-proxy \d+\.\d+\.\d+ \(hiredis [\d.]+, libpq [\d.]+, sqlite [\d.]+\)\n/) != nil)
    }

    @Test func `the help names every command of the README`() async throws {
        let (status, output) = try await ProxyProcess.run(["--help"])
        #expect(status == 0)
        let readme = try Repository.text("README.md")
        let commands = readme.matches(of: /\ncache-proxy ([a-z][a-z-]+)/).map(\.1)
        #expect(!commands.isEmpty)
        for command in commands { #expect(output.contains("  \(command) "), "\(command)") }
    }

    @Test func `check-config prints a plan or one line that says what is wrong`() async throws {
        let directory = try TemporaryDirectory("config")
        let file = directory.path + "/strata.yaml"
        try "memory: { capacity: 1GiB }\n".write(toFile: file, atomically: true, encoding: .utf8)
        let good = try await ProxyProcess.run(["check-config", file], environment: ["STRATA_MEMORY_TTL": "7s"])
        #expect(good.status == 0)
        #expect(good.output.contains("memory, 1GiB") && good.output.contains("copies live 7s"))

        try "memory: { capacty: 1GiB }\n".write(toFile: file, atomically: true, encoding: .utf8)
        let bad = try await ProxyProcess.run(["check-config", file])
        #expect(bad.status == 1)
        #expect(
            bad.output.hasPrefix(
                "Error: \(file):1:11: unknown key \"memory.capacty\"; did you mean \"memory.capacity\"?"))
        #expect(bad.output.split(separator: "\n").count == 1)
    }

    @Test func `a wrong option is a wrong usage`() async throws {
        #expect(try await ProxyProcess.run(["serve", "--bogus"]).status == 64)
        #expect(try await ProxyProcess.run(["conquer"]).status == 64)
    }

    @Test func `what can't be served ends with one line and status 1`() async throws {
        let (status, output) = try await ProxyProcess.run(["serve", "--resp", "0.0.0.0:0"])
        #expect(status == 1)
        #expect(output.hasPrefix("Error: --resp: listen.resp: other machines can reach 0.0.0.0:0, so listen.password"))
        #expect(output.split(separator: "\n").count == 1)
    }

    @Test func `a value outlives a restart, and SIGTERM ends with status 0`() async throws {
        let directory = try TemporaryDirectory("proxy")
        let (first, port) = try await ProxyProcess.serving(in: directory)
        try await RESPClient.connected(to: port) { client in
            let reply = try await client.send("SET", "greeting", "hello")
            #expect(reply == .status("OK"))
        }
        first.process.send(SIGTERM)
        #expect(try await first.process.waitUntilEnd(within: .seconds(30)) == 0)

        let (second, newPort) = try await ProxyProcess.serving(in: directory)
        try await RESPClient.connected(to: newPort) { client in
            let reply = try await client.send("GET", "greeting")
            #expect(reply == "hello")
        }
        second.process.send(SIGINT)
        #expect(try await second.process.waitUntilEnd(within: .seconds(30)) == 0)
    }

    @Test func `two processes can't have one directory, and the second says who has it`() async throws {
        let directory = try TemporaryDirectory("proxy")
        let (first, _) = try await ProxyProcess.serving(in: directory)
        let second = try ProxyProcess(
            ["serve", "--resp", "127.0.0.1:0", "--http", "none", "--data", directory.path + "/data"])
        #expect(try await second.process.waitUntilEnd(within: .seconds(30)) == 1)
        #expect(second.output.contains("\(first.process.identifier)"))
        await first.process.stop()
    }

    @Test func `a hang-up applies what can change and names what needs a restart`() async throws {
        let directory = try TemporaryDirectory("proxy")
        let file = directory.path + "/strata.yaml"
        try "{memory: {ttl: 60s}}".write(toFile: file, atomically: true, encoding: .utf8)
        let (proxy, port) = try await ProxyProcess.serving(["--config", file], in: directory)

        try "{memory: {ttl: 30s, capacity: 1GB}, log: {level: debug}}"
            .write(toFile: file, atomically: true, encoding: .utf8)
        proxy.process.send(SIGHUP)
        try await eventually { proxy.output.contains("need a restart") }
        #expect(proxy.output.contains("applied=log.level,memory.ttl"))
        #expect(proxy.output.contains("keys=memory.capacity"))

        try "{memory: {ttl: soon}}".write(toFile: file, atomically: true, encoding: .utf8)
        proxy.process.send(SIGHUP)
        try await eventually { proxy.output.contains("the configuration can't be used") }
        try await RESPClient.connected(to: port) { client in
            let reply = try await client.send("PING")
            #expect(reply == .status("PONG"))
        }
        await proxy.process.stop()
    }

    @Test func `neither the log nor an error shows a password`() async throws {
        let environment = ["STRATA_LISTEN_PASSWORD": "hunter2", "STRATA_LISTEN_TOKEN": "hunter2"]
        let (proxy, port) = try await ProxyProcess.serving(["--log-level", "trace"], environment: environment)
        try await RESPClient.connected(to: port) { client in
            let reply = try await client.send("GET", "k")
            #expect(reply == .error("NOAUTH Authentication required."))
            let welcome = try await client.send("AUTH", "hunter2")
            #expect(welcome == .status("OK"))
            let info = try await client.send("INFO", "everything")
            #expect(!"\(info)".contains("hunter2"))
        }
        await proxy.process.stop()
        #expect(!proxy.output.contains("hunter2"))
    }
}
