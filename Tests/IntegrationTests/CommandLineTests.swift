import StrataTestSupport
import Testing

@Suite("The command line")
struct CommandLineTests {
    @Test("Help and version are there")
    func help() async throws {
        let help = try await ProxyProcess.run(["--help"])
        #expect(help.status == 0)
        for command in ["serve", "check-config"] { #expect(help.output.contains(command)) }
        #expect(try await ProxyProcess.run(["--version"]).status == 0)
    }

    @Test("An unknown flag is refused")
    func unknownFlag() async throws {
        #expect(try await ProxyProcess.run(["serve", "--confg", "x"]).status == 64)
    }

    @Test("A mistake in the configuration is named with its file, line and the way out")
    func checkConfig() async throws {
        let directory = try TemporaryDirectory("config")
        let path = "\(directory.path)/strata.yaml"
        try writeFile("memory:\n  capactiy: 1MiB\n", to: path)
        let (status, output) = try await ProxyProcess.run(["check-config", path])
        #expect(status == 1)
        #expect(output.contains(path) && output.contains(":2") && output.contains("capacity"))
        try writeFile("memory:\n  capacity: 1MiB\nstore: none\n", to: path)
        let good = try await ProxyProcess.run(["check-config", path])
        #expect(good.status == 0)
        #expect(good.output.contains("per process"))
    }

    @Test("Secrets are never shown")
    func secrets() async throws {
        let directory = try TemporaryDirectory("config")
        let path = "\(directory.path)/strata.yaml"
        try writeFile(
            """
            redis: { urls: ["redis://:canary-redis@127.0.0.1:1"] }
            store: { postgres: { shards: [{ name: a, url: "postgresql://u:canary-pg@127.0.0.1:1/x" }] } }

            """, to: path)
        let plan = try await ProxyProcess.run(["check-config", path])
        #expect(plan.status == 0)
        #expect(!plan.output.contains("canary"))
        let start = try await ProxyProcess.run([
            "serve", "--config", path, "--resp", "127.0.0.1:\(try LoopbackPort.free())", "--http",
            "127.0.0.1:\(try LoopbackPort.free())",
        ])
        #expect(start.status == 1)
        #expect(start.output.contains("a: Connection refused") && !start.output.contains("canary"))
    }
}
