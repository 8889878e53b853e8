import StrataCore
import StrataTestSupport
import Testing

@testable import StrataPostgres

@Suite struct HostTests {
    @Test func onlyNamesAreLookedUp() throws {
        #expect(HostAddresses([("host", "127.0.0.1,::1,/tmp"), ("port", "1")]) == nil)
        #expect(HostAddresses([("host", "example.org"), ("hostaddr", "127.0.0.1")]) == nil)
        #expect(HostAddresses([("dbname", "d")]) == nil)
        let hosts = try #require(HostAddresses([("host", "127.0.0.1,localhost"), ("port", "1,2")]))
        let resolved = try hosts.resolved()
        let values = resolved.map { $0.value.split(separator: ",", omittingEmptySubsequences: false) }
        #expect(resolved.map(\.name) == ["host", "hostaddr", "port"])
        #expect(Set(values.map(\.count)).count == 1, "hosts, addresses and ports do not match: \(values)")
        #expect(values[0].first == "127.0.0.1" && values[1].first == "" && values[2].first == "1")
        #expect(values[0].last == "localhost" && values[2].last == "2" && values[1].last != "")
    }

    @Test func theNextHostComesFirstWithItsAddressAndPort() {
        var hosts = HostRotation([("host", "a,b,c"), ("hostaddr", "1.1.1.1,,3.3.3.3"), ("port", "5,6,7")])
        #expect(hosts.count == 3)
        hosts.turn()
        #expect(hosts.keywords.map(\.name) == ["host", "hostaddr", "port"])
        #expect(hosts.keywords.map(\.value) == ["b,c,a", ",3.3.3.3,1.1.1.1", "6,7,5"])
        var samePort = HostRotation([("host", "a,b"), ("port", "5")])
        samePort.turn()
        #expect(samePort.keywords.map(\.value) == ["b,a", "5"])
        #expect(HostRotation([]).count == 0 && HostRotation([("host", "a")]).count == 1)
    }

    @Test func aNameConnectsAndAnUnknownOneIsAnError() async throws {
        let url = try await SharedServer.shared.database()
        try await withShard(url: url.replacing("127.0.0.1", with: "localhost")) { shard in
            _ = try await shard.put("a", "1")
        }
        try await withShard(url: "postgresql://u@no-such-host.invalid/d", install: false) { shard in
            let result = await shard.read(["a"], context: .within(.seconds(20)))[0]
            #expect(result.code == .unavailable)
            #expect(result.error?.message.contains("no-such-host.invalid") == true)
        }
    }
}
