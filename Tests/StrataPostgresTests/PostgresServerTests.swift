import StrataTestSupport
import Testing

@Suite struct PostgresServerTests {
    @Test func startsStopsAndRestartsOnItsData() async throws {
        let server = try await PostgresServer.start()
        try await server.runSQL("CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)")
        server.pause()
        server.resume()
        server.kill()
        try await server.restart()
        try await server.runSQL("INSERT INTO kept SELECT 1 / count(*) FROM kept")
        await server.stop()
    }
}
