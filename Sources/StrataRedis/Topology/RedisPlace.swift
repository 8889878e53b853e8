/// Where a key lies, as far as a topology can tell for good: keys of one place can be in one command or script.
///
/// Which server has a place at the moment is the topology's to know: `RedisTopology.node(at:deadline:)`.
public struct RedisPlace: Hashable, Sendable {
    /// The place of every key where there is one server at a time.
    public static let only = RedisPlace(number: -1)

    /// The number of a ring's server or of a cluster's slot; -1 where there is one place.
    let number: Int
}

extension RedisPlace: CustomStringConvertible {
    /// What errors call it.
    public var description: String { number < 0 ? "the server" : "place \(number)" }
}
