import StrataCore
import StrataRedis
import StrataTelemetry

extension ObservedServer {
    /// The servers of level 2 or, when Redis has the place of the store, of that.
    ///
    /// - Parameter name: what metrics call them together.
    init(_ settings: RedisSettings, level: Level, name: String) {
        self.init(.redis, level: level, name: name)
        let login: RedisURL
        switch settings.topology {
        case .standalone(let url):
            login = url
            self.name = "\(url)"
            switch url.address {
            case .tcp(let host, let port): (address, self.port) = (host, port)
            case .unix(let path): address = path
            }
        // Which server it is may change with every call.
        case .ring(let servers): login = servers[0].url
        case .sentinel(let sentinel): login = sentinel.login
        case .cluster(let seeds): login = seeds[0]
        }
        namespace = "\(login.database)"
    }

    init(_ shard: PostgresSettings.Shard) {
        let server = shard.url.server
        self.init(
            .postgresql, level: .store, name: shard.name, shard: shard.name, namespace: server.database,
            address: server.address, port: server.port)
    }
}

extension Observation {
    /// The tier, observed as far as anybody wants to know.
    func of(_ tier: some CacheTier, _ server: ObservedServer) -> any CacheTier {
        isOff ? tier : ObservedTier(tier, server, self)
    }

    /// The store, observed as far as anybody wants to know.
    func of(_ store: some Store, _ server: ObservedServer) -> any Store {
        isOff ? store : ObservedStore(store, server, self)
    }
}
