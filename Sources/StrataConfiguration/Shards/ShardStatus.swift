public import StrataCore

/// A shard as an operator asks for it: where it is, what it owns, whether it answers.
public struct ShardStatus: Hashable, Sendable {
    /// Where the shard is, without credentials: a server and database, or a file.
    public var place: String
    /// Its share of the slots relative to the others'; nil where shares are fixed.
    public var weight: Int?
    /// How many of the 16,384 slots it owns; nil when the map that says so can't be read.
    public var slots: Int?
    /// The shard's name, and whether it answers.
    public var health: ServerHealth

    public init(place: String, weight: Int? = nil, slots: Int?, health: ServerHealth) {
        self.place = place
        self.weight = weight
        self.slots = slots
        self.health = health
    }
}
