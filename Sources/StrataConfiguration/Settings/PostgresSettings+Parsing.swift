import Strata
import StrataCore
import StrataPostgres

extension PostgresSettings {
    init(_ section: ConfigurationSection) throws(StrataError) {
        guard let sections = try section.sections("shards"), !sections.isEmpty else {
            throw section.error("shards", "at least one is needed, as in shards: [{url: \"postgresql://…\"}]")
        }
        var shards: [Shard] = []
        for (index, section) in sections.enumerated() {
            let shard = try Shard(section, index: index)
            guard !shards.contains(where: { $0.name == shard.name }) else {
                throw section.error("name", "\"\(shard.name)\" is taken by another shard; names have to differ")
            }
            shards.append(shard)
        }
        try self.init(shards: shards)
        if let count = try section.value("connections", .integer(in: 1...1000)) { connections = count }
        try timeouts.read(from: section)
        hedgeQuantile = try section.valueOrNone("hedge-quantile", .number(in: 0.5...0.999)) ?? nil
        if let limit = try section.value("idle-limit", .timeout) { idleLimit = limit }
        if let age = try section.value("maximum-age", .duration(in: .seconds(1) ... .seconds(604_800))) {
            maximumAge = age
        }
        if let ratio = try section.value("retry-ratio", .number(in: 0...1)) { retryRatio = ratio }
        if let prepared = try section.value("prepared", .choice as ScalarForm<PostgresConfiguration.PreparedStatements>)
        {
            self.prepared = prepared
        }
    }
}

extension PostgresSettings.Shard {
    /// What logs and metrics call a replica.
    static func replicaName(_ shard: String, _ index: Int) -> String { "\(shard)/replica-\(index)" }

    fileprivate init(_ section: ConfigurationSection, index: Int) throws(StrataError) {
        guard let url = try section.value("url", .postgresURL) else {
            throw section.error(
                "url", "missing; every shard needs one, such as postgresql://user@127.0.0.1:5432/strata")
        }
        let name = try section.value("name", .name) ?? "shard-\(index)"
        let replicas = try section.values("replicas", .postgresURL) ?? []
        if let last = replicas.indices.last, Self.replicaName(name, last).utf8.count > 63 {
            throw section.error("name", "a shard with replicas has a name of at most 50 bytes")
        }
        self.init(
            name: name, url: url, direct: try section.value("direct", .postgresURL), replicas: replicas,
            weight: try section.value("weight", .integer(in: 1...1_000_000)) ?? 1)
    }
}
