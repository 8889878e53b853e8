import Strata
import StrataCore

extension RedisSettings {
    /// Modes that the configuration knows and this version does not have, so that the error can say so.
    private static let futureModes: Set<String> = ["ring", "sentinel", "cluster"]

    init(_ section: ConfigurationSection) throws(StrataError) {
        if case .scalar(let name)? = section.tree["mode"]?.content, Self.futureModes.contains(name) {
            throw section.error(
                "mode", "\(name) is not in this version, which has standalone: use mode standalone with one url")
        }
        let mode = try section.value("mode", .choice as ScalarForm<Mode>) ?? .standalone
        guard let urls = try section.values("urls", .redisURL), let url = urls.first else {
            throw section.error("urls", "a server is needed, as in urls: [\"redis://127.0.0.1:6379\"]")
        }
        guard urls.count == 1 else {
            throw section.error(
                "urls", "mode standalone takes one server and \(urls.count) are given; keep one of them")
        }
        self.init(url: url, mode: mode)
        if let prefix = try section.value("prefix", .text) {
            guard prefix.utf8.count <= 256 else { throw section.error("prefix", "at most 256 bytes are possible") }
            self.prefix = prefix
        }
        if let ttl = try section.value("ttl", .lifetime) { self.ttl = ttl }
        try timeouts.read(from: section)
        hedgeQuantile = try section.valueOrNone("hedge-quantile", .number(in: 0.5...0.999)) ?? nil
        if let count = try section.value("connections", .integer(in: 1...64)) { connections = count }
    }
}
