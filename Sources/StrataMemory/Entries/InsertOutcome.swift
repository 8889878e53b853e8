/// What became of an entry that was offered to the memory level.
///
/// Whatever the outcome but `older`, an older copy of the key is no longer held: it is known to be overwritten.
public enum InsertOutcome: Hashable, Sendable {
    /// The entry is held.
    case inserted
    /// A newer version of the key is held, and stays.
    case older
    /// The entry would take more than the largest entry's share of the capacity.
    case tooLarge
    /// The deadline has passed already.
    case expired
}
