import StrataTestSupport
import Testing

@Suite("Memory of expired entries")
struct FreedMemoryTests {
    @Test("The process gives it back soon after they have expired, though others stay in between")
    func expired() async throws {
        let proxy = try await ServedProxy.start("store: none\nmemory: { capacity: 1GiB }\n")
        try await RESPClient.connected(to: proxy.respPort) { client in
            let before = try await residentBytes(client)
            let value = String(repeating: "v", count: 2500)
            for batch in 0..<400 {
                // The first of each hundred stays.
                let stored = try await client.pipeline(
                    (0..<100).map { ["SET", "key-\(batch)-\($0)", value] })
                #expect(stored.allSatisfy { $0 == .status("OK") })
            }
            let full = try await residentBytes(client)
            #expect(full - before > 100_000_000)
            for batch in 0..<400 {
                try await client.pipeline((1..<100).map { ["PEXPIRE", "key-\(batch)-\($0)", "1"] })
            }
            try await eventually {
                let left = try await residentBytes(client)
                return left - before < (full - before) / 2
            }
            #expect(try await client.send("STRLEN", "key-7-0") == .integer(2500))
        }
    }

    private func residentBytes(_ client: RESPClient) async throws -> Int {
        let info = try #require(try await client.send("INFO", "memory").text)
        let match = try #require(info.firstMatch(of: /used_memory_rss:(\d+)/))
        return try #require(Int(match.1))
    }
}
