import StrataCore

extension InvalidationSettings {
    /// - Parameter hasRedis: whether there is a level 2, whose log is then used unless the section says otherwise.
    init(_ section: ConfigurationSection?, hasRedis: Bool) throws(StrataError) {
        self.init(sources: hasRedis ? [.redisLog] : [])
        guard let section else { return }
        if let sources = try section.values("sources", .choice as ScalarForm<Source>) {
            guard Set(sources).count == sources.count else {
                throw section.error("sources", "a source is there twice; keep one")
            }
            if sources.contains(.redisLog), !hasRedis {
                throw section.error(
                    "sources", "redis-log needs a Redis: add a redis section with its urls, or remove redis-log here")
            }
            self.sources = sources
        }
        if let bound = try section.value("bound", .duration(in: .milliseconds(100) ... .seconds(3600))) {
            self.bound = bound
        }
    }
}
