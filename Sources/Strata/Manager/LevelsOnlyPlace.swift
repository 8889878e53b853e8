public import StrataCore

/// Where caches live whose persistence is `.levels`.
public enum LevelsOnlyPlace: Sendable {
    /// In the memory of each process alone.
    case memory
    /// In the store itself, which is then no more than a level, such as Redis in the place of a database.
    case store
    /// In a store of their own, such as one in the Redis of level 2. It holds copies and is emptied with the rest, later
    /// than that when it can't be reached.
    case beside(any Store)
}
