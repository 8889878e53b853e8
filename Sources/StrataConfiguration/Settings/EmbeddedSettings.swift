public import Strata

/// The directory of the embedded store.
public struct EmbeddedSettings: Hashable, Sendable {
    /// What an acknowledged write survives.
    public enum Durability: String, Hashable, Sendable, CaseIterable {
        /// The loss of power.
        case full
        /// The end of the process, but not the loss of power.
        case process
    }

    /// The directory, absolute or relative to the working directory; made when it is not there.
    public var path: String
    /// Over how many files a new directory is spread, `1 ... 256`.
    public var shards: Int
    public var durability: Durability
    /// How long a read and a write may take in all, over every file they concern.
    public var timeouts: LevelTimeouts

    public init(
        path: String = "./strata-data", shards: Int = 4, durability: Durability = .full,
        timeouts: LevelTimeouts = LevelTimeouts(.seconds(2))
    ) {
        self.path = path
        self.shards = shards
        self.durability = durability
        self.timeouts = timeouts
    }
}
