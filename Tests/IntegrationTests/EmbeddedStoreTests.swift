import StrataTestSupport
import Testing

@Suite("cache-proxy on the embedded store, as `make run` starts it")
struct EmbeddedStoreTests {
    @Test("A value is there after a restart")
    func restart() async throws {
        let proxy = try await ServedProxy.start(nil)
        #expect(try await proxy.send("SET", "greeting", "hello") == .status("OK"))
        #expect(try await proxy.stop() == 0, "SIGTERM drains and exits with 0")
        let again = try await ServedProxy.start(nil, in: proxy.directory)
        #expect(try await again.send("GET", "greeting") == "hello")
        #expect(try await again.counters()["store_hits"] == 1)
        #expect(try await again.send("GET", "greeting") == "hello")
        #expect(try await again.counters()["memory_hits"] == 1)
    }

    @Test("What was acknowledged is there after kill -9")
    func crash() async throws {
        let proxy = try await ServedProxy.start(nil)
        try await proxy.connected { client in
            for number in 0..<200 {
                let reply = try await client.send("SET", "key\(number)", "value\(number)")
                #expect(reply == .status("OK"))
            }
        }
        proxy.kill()
        let again = try await ServedProxy.start(nil, in: proxy.directory)
        try await again.connected { client in
            let values = try await client.pipeline((0..<200).map { ["GET", "key\($0)"] })
            for (number, value) in values.enumerated() { #expect(value.text == "value\(number)") }
        }
    }

    @Test("A second process on the same directory is refused with a message that names it")
    func locked() async throws {
        let proxy = try await ServedProxy.start(nil)
        let (status, output) = try await ProxyProcess.run([
            "serve", "--data", "\(proxy.directory.path)/data", "--resp", "127.0.0.1:\(try LoopbackPort.free())",
            "--http", "127.0.0.1:\(try LoopbackPort.free())",
        ])
        #expect(status == 1)
        #expect(output.contains("\(proxy.directory.path)/data"))
    }

    @Test("The HTTP interface speaks of the same entries, with versions as ETags")
    func http() async throws {
        let proxy = try await ServedProxy.start(nil)
        let port = proxy.httpPort
        #expect(try await TCPExchange.http("GET", "/health/live", port: port).status == 200)
        #expect(try await TCPExchange.http("GET", "/health/ready", port: port).status == 200)
        #expect(try await TCPExchange.http("GET", "/v1/kv/k", port: port).status == 404)
        let written = try await TCPExchange.http("PUT", "/v1/kv/k", port: port, body: "one")
        #expect((200...204).contains(written.status))
        let etag = try #require(written.headers["etag"])
        #expect(try await proxy.send("GET", "k") == "one")
        let read = try await TCPExchange.http("GET", "/v1/kv/k", port: port)
        #expect(read.status == 200 && read.body == "one" && read.headers["etag"] == etag)
        let conditional = try await TCPExchange.http(
            "PUT", "/v1/kv/k", port: port, headers: ["If-Match": etag], body: "two")
        #expect((200...204).contains(conditional.status))
        let late = try await TCPExchange.http(
            "PUT", "/v1/kv/k", port: port, headers: ["If-Match": etag], body: "three")
        #expect(late.status == 412)
        #expect(try await proxy.send("GET", "k") == "two")
        #expect((200...204).contains(try await TCPExchange.http("DELETE", "/v1/kv/k", port: port).status))
        #expect(try await proxy.send("GET", "k") == .null)
        let metrics = try await TCPExchange.http("GET", "/metrics", port: port).body
        for level in ["memory", "redis", "store"] {
            #expect(metrics.contains("strata_hits_total{level=\"\(level)\"}"))
            #expect(metrics.contains("strata_misses_total{level=\"\(level)\"}"))
        }
        #expect(try await proxy.stop() == 0)
        #expect(try proxy.loggedErrors == [])
    }
}
