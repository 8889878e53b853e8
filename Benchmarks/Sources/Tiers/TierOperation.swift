/// What the tasks of a measurement do.
package enum TierOperation: String, CaseIterable, Codable, Sendable {
    /// Read one key through the tier or the shard.
    case read
    /// Write one key, unconditionally: durable in a shard, set-if-newer in a tier.
    case write
    /// A bare `GET` through the Redis client, without the tier's envelopes.
    case get
}
