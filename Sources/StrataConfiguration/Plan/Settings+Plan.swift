import Logging
import Strata
import StrataCore
import StrataMemory
import StrataPostgres

extension LoadedConfiguration {
    /// What a process with this configuration would do, in lines for a reader; without credentials.
    public var plan: String {
        var lines: [(title: String, text: String)] = []
        func add(_ title: String, _ first: String, _ more: [String] = []) {
            lines.append((title, first))
            lines += more.map { ("", $0) }
        }
        add("configuration", file ?? "no file: the built-in values")
        let listen = settings.listen
        add("RESP", "\(listen.resp), \(listen.passwordText), at most \(listen.maximumClients) clients")
        add("HTTP", listen.http.map { "\($0), \(listen.tokenText)" } ?? "none")
        for (number, level) in settings.levels.enumerated() {
            add("level \(number + 1)", level.first ?? "", Array(level.dropFirst()))
        }
        let store = settings.store.plan
        add("store", store.first ?? "", Array(store.dropFirst()))
        if let breaker = settings.breakerPlan { add("breaker", breaker[0], Array(breaker.dropFirst())) }
        add("versions", settings.authority)
        add("invalidation", settings.invalidation.plan)
        add("log level", settings.logLevel.rawValue)
        for override in overrides { add("set by", "\(override.origin): \(override.key)") }

        let width = lines.map(\.title.count).max() ?? 0
        return lines.map { title, text in
            title + String(repeating: " ", count: width - title.count + 2) + text + "\n"
        }.joined()
    }
}

extension Settings {
    /// The levels in the order in which they are asked, each as lines.
    fileprivate var levels: [[String]] {
        var levels: [[String]] = []
        if let memory {
            let absences =
                memory.negativeTTL.map { "known absences \($0.configurationText)" } ?? "absences are not kept"
            levels.append(
                [
                    "memory, \(ByteSize.text(memory.capacityBytes)), policy \(memory.policy.rawValue)",
                    "copies live \(memory.ttl.map(\.configurationText) ?? "as long as their entries"), \(absences)",
                ] + (memory.stale.map { [$0.planText] } ?? []))
        }
        if let redis {
            levels.append(
                [
                    "redis, \(redis.mode.rawValue), \(redis.servers), connections per event loop: \(redis.connections)",
                    "prefix \"\(redis.prefix)\", copies live \(redis.ttl.configurationText), "
                        + redis.timeouts.planText,
                ] + (redis.tlsPlan.map { [$0] } ?? []))
        }
        return levels
    }

    /// When a server is left alone; nil where there is none.
    fileprivate var breakerPlan: [String]? {
        var timeouts: [(String, LevelTimeouts)] = redis.map { [("redis", $0.timeouts)] } ?? []
        if case .postgres(let postgres) = store { timeouts.append(("postgres", postgres.timeouts)) }
        guard !timeouts.isEmpty else { return nil }
        let slow = timeouts.map { "\($0) \(breaker.slowCall($1).configurationText)" }.joined(separator: ", ")
        return [
            "opens when \(Int(breaker.failureRatio * 100)) % of \(breaker.minimumCalls) or more requests within"
                + " \(breaker.window.configurationText) fail, or \(Int(breaker.slowRatio * 100)) % are slow (\(slow))",
            "for \(breaker.pause.first.configurationText) to \(breaker.pause.last.configurationText), then"
                + " \(breaker.trials) trials",
        ]
    }

    /// Who makes the versions, and what that means for writes.
    fileprivate var authority: String {
        switch (store, redis) {
        case (.postgres, _):
            "made by Postgres under the row's lock; an acknowledged write is durable and atomic for all processes"
        case (.embedded(let embedded), _):
            switch embedded.durability {
            case .full: "made by the embedded store; an acknowledged write outlives a loss of power"
            case .process: "made by the embedded store; an acknowledged write outlives the process, not a loss of power"
            }
        case (.none, _?):
            "made by this process: atomicity is per process, and what Redis loses is lost"
        case (.none, nil):
            "made by this process: atomicity is per process, and entries end with it"
        }
    }
}

extension StalePolicy {
    fileprivate var planText: String {
        "without a newer one a value may be served for \(period.configurationText) more"
            + (softTimeout.map { ", with a slow load after \($0.configurationText)" } ?? "")
            + ", a failed load is repeated after \(pause.configurationText)"
    }
}

extension StoreSettings {
    fileprivate var plan: [String] {
        switch self {
        case .none: ["none: an entry lives as long as its copies"]
        case .embedded(let embedded):
            [
                "embedded, SQLite in \(embedded.path), \(embedded.shards) files if the directory is new,"
                    + " \(embedded.timeouts.planText)"
            ]
        case .postgres(let postgres):
            [
                "postgres, \(postgres.shards.count) \(postgres.shards.count == 1 ? "shard" : "shards"), at most"
                    + " \(postgres.connections) connections each, \(postgres.timeouts.planText),"
                    + " retries \(Int((postgres.retryRatio * 100).rounded())) %"
                    + (postgres.prepared == .auto ? "" : ", prepared \(postgres.prepared.rawValue)")
            ]
                + postgres.shards.map { shard in
                    "\(shard.name), weight \(shard.weight), \(shard.url)"
                        + (shard.direct.map { ", direct \($0)" } ?? "")
                        + shard.replicas.map { ", replica \($0)" }.joined()
                }
        }
    }
}

extension InvalidationSettings {
    fileprivate var plan: String {
        guard !sources.isEmpty else { return "none: copies in other processes end by their TTL" }
        return "\(sources.map(\.rawValue).joined(separator: ", ")), bound \(bound.configurationText), not enforced yet"
    }
}

extension ListenSettings {
    fileprivate var passwordText: String { password == nil ? "no password" : "with a password" }
    fileprivate var tokenText: String { token == nil ? "no token" : "with a token" }
}
