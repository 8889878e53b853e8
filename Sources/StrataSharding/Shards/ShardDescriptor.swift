public import StrataCore

/// What a shard is called; unique within a store.
public typealias ShardName = String

/// A shard and how much of the keys it should hold.
public struct ShardDescriptor: Hashable, Sendable, Codable {
    /// The most shards a map can have.
    public static let maximumCount = 1024
    /// The weights a shard can have.
    public static let weightRange = 1...1_000_000
    /// The longest name, in bytes of UTF-8.
    public static let maximumNameLength = 255

    /// What the shard is called.
    public var name: ShardName
    /// Its share of the slots in relation to the other shards' weights.
    public var weight: Int

    /// - Parameters:
    ///   - name: 1 to 255 bytes.
    ///   - weight: within `weightRange`.
    public init(name: ShardName, weight: Int = 1) {
        self.name = name
        self.weight = weight
    }

    /// Whether shards can be in one map together.
    ///
    /// - Throws: `configuration` for no shards, too many, two of one name, or a name or weight out of its range.
    public static func validate(_ shards: [ShardDescriptor]) throws(StrataError) {
        guard (1...maximumCount).contains(shards.count) else {
            throw StrataError(.configuration, "\(shards.count) shards are not in 1...\(maximumCount)")
        }
        var names: Set<ShardName> = []
        for shard in shards {
            guard (1...maximumNameLength).contains(shard.name.utf8.count) else {
                throw StrataError(
                    .configuration, "the shard name '\(shard.name)' has not 1 to \(maximumNameLength) bytes")
            }
            guard weightRange.contains(shard.weight) else {
                throw StrataError(
                    .configuration,
                    "the weight \(shard.weight) of shard '\(shard.name)' is not in "
                        + "\(weightRange.lowerBound)...\(weightRange.upperBound)")
            }
            guard names.insert(shard.name).inserted else {
                throw StrataError(.configuration, "two shards are called '\(shard.name)'; names must differ")
            }
        }
    }
}
