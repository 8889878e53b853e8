package import StrataCore

extension EmbeddedStore {
    /// The name of the shard that makes the versions of a key, as in the answer of `invalidate(_:context:)`.
    package func shardName(of key: Key) -> String { shards[shard(of: key)].name }
}
