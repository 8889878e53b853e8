/// How fresh a read has to be.
public enum Freshness: Hashable, Sendable {
    /// Any level may answer.
    case cached
    /// A level may answer only with this version of the key or a later one; pass a `WriteReceipt`'s to read your writes.
    case atLeast(Version)
    /// The store answers.
    case strong
}
