import StrataCore
import StrataMemory

extension MemorySettings {
    init(_ section: ConfigurationSection) throws(StrataError) {
        self.init()
        if let bytes = try section.value("capacity", .bytes(in: (1 << 20)...(1 << 46))) { capacityBytes = bytes }
        if let policy = try section.value("policy", .choice as ScalarForm<EvictionPolicyName>) { self.policy = policy }
        if let share = try section.value("largest-entry-share", .number(in: 0.0001...1)) { largestEntryShare = share }
        if let ttl = try section.valueOrNone("ttl", .lifetime) { self.ttl = ttl }
        if let ttl = try section.valueOrNone("negative-ttl", .lifetime) { negativeTTL = ttl }
    }
}
