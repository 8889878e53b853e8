import Strata
import StrataCore
import StrataMemory

extension MemorySettings {
    init(_ section: ConfigurationSection) throws(StrataError) {
        self.init()
        if let bytes = try section.value("capacity", .bytes(in: (1 << 20)...(1 << 46))) { capacityBytes = bytes }
        if let policy = try section.value("policy", .choice as ScalarForm<EvictionPolicyName>) { self.policy = policy }
        if let bytes = try section.value("typical-entry", .bytes(in: MemoryConfiguration.typicalEntryRange)) {
            typicalEntryBytes = bytes
        }
        if let share = try section.value("largest-entry-share", .number(in: 0.0001...1)) { largestEntryShare = share }
        if let ttl = try section.valueOrNone("ttl", .lifetime) { self.ttl = ttl }
        if let ttl = try section.valueOrNone("negative-ttl", .lifetime) { negativeTTL = ttl }
        stale = try StalePolicy(section)
    }
}

extension StalePolicy {
    /// The keys that begin with `stale-`; nil where stale copies are not served.
    fileprivate init?(_ section: ConfigurationSection) throws(StrataError) {
        let softTimeout = try section.valueOrNone("stale-soft-timeout", .timeout) ?? nil
        let pause = try section.value("stale-pause", .timeout)
        guard let period = try section.valueOrNone("stale-period", .lifetime) ?? nil else {
            guard softTimeout == nil, pause == nil else {
                throw section.error("stale-period", "without it no copy is served beyond its ttl; set how much longer")
            }
            return nil
        }
        self.init(period: period, softTimeout: softTimeout, pause: pause ?? .seconds(1))
    }
}
