import StrataCore
import Testing

@testable import StrataProxy

@Suite struct ServerPartsTests {
    @Test func openListenersNeedCredentials() throws {
        try ProxyConfiguration().validate()
        let everywhere = ProxyConfiguration.Address(host: "0.0.0.0", port: 6380)
        #expect(throws: StrataError.self) { try ProxyConfiguration(resp: everywhere).validate() }
        try ProxyConfiguration(resp: everywhere, users: [ProxyUser(password: "x")]).validate()
        #expect(throws: StrataError.self) { try ProxyConfiguration(http: everywhere).validate() }
        try ProxyConfiguration(http: everywhere, httpToken: "x").validate()
        #expect(throws: StrataError.self) { try ProxyConfiguration(users: [ProxyUser(password: "")]).validate() }
        #expect(throws: StrataError.self) { try ProxyConfiguration(maximumClients: 0).validate() }
    }

    @Test func clientsAreCounted() {
        let clients = ClientRegistry()
        let first = clients.admit(limit: 2)
        #expect(first != nil && clients.admit(limit: 2) != nil && clients.admit(limit: 2) == nil)
        clients.remove(first ?? 0)
        #expect(clients.admit(limit: 2) != nil)
    }
}
