import StrataTestSupport
import Testing

@Suite struct ServerProcessTests {
    @Test func redisServerStartsStopsAndRestartsOnItsPort() async throws {
        let server = try await RedisServer.start()
        #expect(LoopbackPort.accepts(server.port))
        server.kill()
        #expect(!LoopbackPort.accepts(server.port))
        try await server.restart()
        #expect(LoopbackPort.accepts(server.port))
        await server.stop()
        #expect(!LoopbackPort.accepts(server.port))
    }

    @Test func aProcessThatDoesNotStartShowsItsOutput() async throws {
        let directory = try TemporaryDirectory("process")
        let process = try ServerProcess(
            ServerProcess.Command("/bin/sh", ["-c", "echo cannot start; exit 3"]),
            outputPath: directory.path + "/output")
        let error = await #expect(throws: ServerProcessError.self) {
            try await process.waitUntilReady { false }
        }
        #expect(error?.description.contains("status 3") == true)
        #expect(error?.description.contains("cannot start") == true)
        #expect(process.exitStatus == 3)
    }
}
