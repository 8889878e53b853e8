import StrataCore

extension ListenSettings {
    init(_ section: ConfigurationSection) throws(StrataError) {
        self.init()
        if let resp = try section.value("resp", .address) { self.resp = resp }
        if let http = try section.valueOrNone("http", .address) { self.http = http }
        password = try section.value("password", .secret)
        token = try section.value("token", .secret)
        if let count = try section.value("max-clients", .integer(in: 1...1_000_000)) { maximumClients = count }
        eventLoops = try section.value("event-loops", .integer(in: 1...1024))
        if !resp.isLoopback, password == nil {
            throw section.error(
                "resp",
                "other machines can reach \(resp), so listen.password is needed: set it, or listen on 127.0.0.1")
        }
        if let http, !http.isLoopback, token == nil {
            throw section.error(
                "http", "other machines can reach \(http), so listen.token is needed: set it, or listen on 127.0.0.1")
        }
    }
}
