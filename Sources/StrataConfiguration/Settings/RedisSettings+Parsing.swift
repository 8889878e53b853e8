import Strata
import StrataCore
import StrataRedis

extension RedisSettings {
    /// The most servers of a configuration.
    private static let maximumServers = 1000

    init(_ section: ConfigurationSection) throws(StrataError) {
        let mode = try section.value("mode", .choice as ScalarForm<Mode>) ?? .standalone
        guard let urls = try section.values("urls", .redisURL), let url = urls.first else {
            throw section.error("urls", "a server is needed, as in urls: [\"redis://127.0.0.1:6379\"]")
        }
        guard urls.count <= RedisSettings.maximumServers else {
            throw section.error("urls", "at most \(RedisSettings.maximumServers) servers are possible")
        }
        let weights = try section.values("weights", .integer(in: 1...1_000_000))
        let names = try section.values("names", .name)
        for (key, isGiven) in [("weights", weights != nil), ("names", names != nil)] where isGiven && mode != .ring {
            throw section.error(key, "only mode ring has it, and the mode is \(mode.rawValue)")
        }
        let master = try section.value("master", .name)
        let user = try section.value("user", .nonEmptyText)
        let password = try section.value("password", .secret)
        for (key, isGiven) in [("master", master != nil), ("user", user != nil), ("password", password != nil)]
        where isGiven && mode != .sentinel {
            throw section.error(key, "only mode sentinel has it, and the mode is \(mode.rawValue): use the urls")
        }
        if mode == .sentinel || mode == .cluster, urls.contains(where: { $0.database != 0 }) {
            throw section.error("urls", "with mode \(mode.rawValue) the database is 0")
        }
        let secure = urls.count(where: \.isSecure)
        if mode == .sentinel || mode == .cluster, secure > 0, secure < urls.count {
            throw section.error("urls", "with mode \(mode.rawValue) either all begin with rediss:// or none does")
        }
        switch mode {
        case .standalone:
            guard urls.count == 1 else {
                throw section.error(
                    "urls",
                    "mode standalone takes one server and \(urls.count) are given; keep one of them or choose a mode")
            }
            self.init(topology: .standalone(url))
        case .ring: self.init(topology: .ring(try RedisSettings.ring(urls, weights: weights, names: names, section)))
        case .sentinel:
            guard let master else {
                throw section.error("master", "the name is needed that the sentinels have for the master")
            }
            self.init(
                topology: .sentinel(
                    RedisConfiguration.Sentinel(
                        sentinels: urls, master: master,
                        login: RedisURL(
                            address: .tcp(host: master, port: 6379), user: user, password: password?.reveal(),
                            isSecure: url.isSecure))))
        case .cluster: self.init(topology: .cluster(urls))
        }
        if let prefix = try section.value("prefix", .text) {
            guard prefix.utf8.count <= 256 else { throw section.error("prefix", "at most 256 bytes are possible") }
            guard mode != .cluster || !prefix.contains("{") else {
                throw section.error("prefix", "a { in it would bring all keys to one slot of the cluster")
            }
            self.prefix = prefix
        }
        if let ttl = try section.value("ttl", .lifetime) { self.ttl = ttl }
        try timeouts.read(from: section)
        hedgeQuantile = try section.valueOrNone("hedge-quantile", .number(in: 0.5...0.999)) ?? nil
        if let count = try section.value("connections", .integer(in: 1...64)) { connections = count }
        try readTLS(from: section)
    }

    private static func ring(
        _ urls: [RedisURL], weights: [Int]?, names: [String]?, _ section: ConfigurationSection
    ) throws(StrataError) -> [RedisConfiguration.RingServer] {
        for (key, count) in [("weights", weights?.count), ("names", names?.count)] {
            guard let count, count != urls.count else { continue }
            throw section.error(key, "each of the \(urls.count) urls needs one, and \(count) are given")
        }
        let servers = urls.indices.map { index in
            RedisConfiguration.RingServer(url: urls[index], weight: weights?[index] ?? 1, name: names?[index])
        }
        var seen: Set<String> = []
        for server in servers where !seen.insert(server.name ?? "\(server.url)").inserted {
            throw section.error(
                names == nil ? "urls" : "names",
                "\(server.name ?? "\(server.url)") is given twice: its keys would be too")
        }
        return servers
    }
}
