import StrataCore
import Testing

@testable import StrataProxy

@Suite struct AuthenticationTests {
    private let configuration = ProxyConfiguration(users: [
        ProxyUser(password: "secret"), ProxyUser(name: "reader", password: "r", access: .reading),
        ProxyUser(name: "app", password: "a", keyPrefix: "app:"),
    ])

    @Test func nothingRunsBeforeAuthentication() async throws {
        let client = try await TestClient(configuration: configuration)
        client.cache.cache("k", "v")
        #expect(try await client.ask("GET k") == "-NOAUTH Authentication required.\r\n")
        #expect(try await client.ask("AUTH wrong").hasPrefix("-WRONGPASS "))
        #expect(try await client.ask("AUTH nobody secret").hasPrefix("-WRONGPASS "))
        #expect(try await client.ask("HELLO 3").hasPrefix("-NOAUTH HELLO must be called"))
        #expect(try await client.ask("AUTH secret") == "+OK\r\n")
        #expect(try await client.ask("GET k") == "$1\r\nv\r\n")
        #expect(try await client.ask("RESET") == "+RESET\r\n")
        #expect(try await client.ask("GET k") == "-NOAUTH Authentication required.\r\n")
    }

    @Test func helloAuthenticatesAndSwitchesTheProtocol() async throws {
        let client = try await TestClient(configuration: configuration)
        client.cache.cache("k", nil)
        let hello = try await client.ask("HELLO 3 AUTH default secret SETNAME me")
        #expect(hello.hasPrefix("%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n"))
        #expect(try await client.ask("GET k") == "_\r\n")
        #expect(try await client.ask("CLIENT GETNAME") == "$2\r\nme\r\n")
        #expect(try await client.ask("HELLO 2").hasPrefix("*14\r\n"))
        #expect(try await client.ask("GET k") == "$-1\r\n")
        #expect(try await client.ask("HELLO 4") == "-NOPROTO unsupported protocol version\r\n")
    }

    @Test func largeRequestsHaveToWaitForAuthentication() async throws {
        let client = try await TestClient(configuration: configuration)
        try await client.send("*2\r\n$4\r\nECHO\r\n$20000\r\n")
        #expect(try await client.receive() == "-ERR Protocol error: unauthenticated bulk length\r\n")
        let other = try await TestClient(configuration: configuration)
        #expect(try await other.ask("AUTH secret") == "+OK\r\n")
        let text = String(repeating: "x", count: 20_000)
        try await other.send("*2\r\n$4\r\nECHO\r\n$20000\r\n\(text)\r\n")
        #expect(try await other.receive(atLeast: 20_000) == "$20000\r\n\(text)\r\n")
    }

    @Test func usersAreHeldToTheirCommandsAndKeys() async throws {
        let reader = try await TestClient(configuration: configuration)
        reader.cache.cache("k", "v")
        #expect(try await reader.ask("AUTH reader r") == "+OK\r\n")
        #expect(try await reader.ask("GET k") == "$1\r\nv\r\n")
        #expect(
            try await reader.ask("SET k 1") == "-NOPERM this user has no permissions to run the 'set' command\r\n")
        #expect(try await reader.ask("FLUSHALL").hasPrefix("-NOPERM"))

        let app = try await TestClient(configuration: configuration)
        app.cache.cache("other", "v")
        #expect(try await app.ask("AUTH app a") == "+OK\r\n")
        #expect(try await app.ask("SET app:1 x") == "+OK\r\n")
        for line in ["GET other", "MGET app:1 other", "MSET app:1 1 other 2", "SCAN 0", "FLUSHALL", "DBSIZE"] {
            #expect(try await app.ask(line).hasPrefix("-NOPERM"), "\(line)")
        }
    }

    @Test func withoutUsersAPasswordIsAnError() async throws {
        let client = try await TestClient()
        #expect(try await client.ask("AUTH x").hasPrefix("-ERR AUTH <password> called without any password"))
        #expect(try await client.ask("AUTH default x") == "+OK\r\n")
    }

    @Test func secretsAreComparedByAllTheirBytes() {
        let secret = Array("secret".utf8)
        func isEqual(_ text: String) -> Bool { Array(text.utf8).withUnsafeBytes { Credentials.isEqual($0, secret) } }
        #expect(isEqual("secret"))
        for wrong in ["", "s", "secre", "secreT", "Secret", "secretsecret", "secret\u{0}"] {
            #expect(!isEqual(wrong), "\(wrong)")
        }
        #expect("\(ProxyUser(password: "canary"))" == "default")
        var dump = ""
        Swift.dump(configuration, to: &dump)
        #expect(!dump.contains("secret"))
    }
}
