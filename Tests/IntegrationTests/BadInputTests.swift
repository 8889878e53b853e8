import StrataTestSupport
import Testing

@Suite("What clients should not send")
struct BadInputTests {
    @Test(
        "A broken request gets one error and the connection closes",
        arguments: [
            "*1\r\n$-5\r\n", "*abc\r\n", "*1\r\nx3\r\nGET\r\n", "*2\r\n$3\r\nGET\r\n$99999999999\r\n",
            "*1000000000\r\n",
        ])
    func broken(request: String) async throws {
        let proxy = try await ServedProxy.start(nil)
        try await proxy.connected { client in
            let reply = try await client.raw(request, replies: 1)[0]
            guard case .error(let text) = reply else {
                Issue.record("\(request) was answered with \(reply)")
                return
            }
            #expect(text.hasPrefix("ERR Protocol error"))
            try await client.closed()
        }
        #expect(try await proxy.send("PING") == .status("PONG"), "the others are served")
    }

    @Test("A browser that was led here runs nothing", arguments: ["GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\n"])
    func browser(request: String) async throws {
        let proxy = try await ServedProxy.start(nil)
        let answer = try await TCPExchange.send(
            request + "Host: 127.0.0.1\r\n\r\nSET k stolen\r\n", to: proxy.respPort)
        #expect(!answer.contains("+OK"))
        #expect(try await proxy.send("GET", "k") == .null)
    }

    @Test("Half a command waits for its other half")
    func half() async throws {
        let proxy = try await ServedProxy.start(nil)
        try await proxy.connected { client in
            _ = try await client.raw("*2\r\n$4\r\nEC", replies: 0)
            #expect(try await client.raw("HO\r\n$2\r\nhi\r\n", replies: 1) == ["hi"])
        }
    }

    @Test("Wrong options are refused in Redis' words, and lose nothing")
    func options() async throws {
        let proxy = try await ServedProxy.start(nil)
        try await proxy.connected { client in
            try await client.send("SET", "k", "v")
            #expect(try await client.send("SET", "k", "w", "NX", "XX") == .error("ERR syntax error"))
            #expect(
                try await client.send("SET", "k", "w", "EX", "ten")
                    == .error("ERR value is not an integer or out of range"))
            #expect(
                try await client.send("SET", "k", "w", "EX", "0")
                    == .error("ERR invalid expire time in 'set' command"))
            #expect(try await client.send("INCR", "k") == .error("ERR value is not an integer or out of range"))
            #expect(try await client.send("GET") == .error("ERR wrong number of arguments for 'get' command"))
            #expect(try await client.send("GET", "k") == "v")
            let long = String(repeating: "k", count: 3000)
            guard case .error(let text) = try await client.send("SET", long, "v") else {
                Issue.record("a key of 3,000 bytes was taken")
                return
            }
            #expect(text.contains("2048 bytes"))
        }
    }
}
