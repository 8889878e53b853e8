#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// One change of one key, run by the store as a whole: no other change of the key comes between its reading and writing.
///
/// Expired entries count as absent. What a mutation does to an entry is defined once, by `Mutation.decide(on:at:)`;
/// stores that can't call Swift (Postgres) do the same in their own language, and one suite of tests compares them all.
public struct Mutation: Hashable, Sendable {
    /// What to do with the entry.
    public enum Operation: Hashable, Sendable {
        /// Sets value, type and tags.
        case put([UInt8], type: EntryType = .string, tags: [Tag] = [])
        /// Leaves a tombstone; of an absent key nothing changes.
        case delete
        /// Appends to the value; an absent one counts as empty.
        case append([UInt8])
        /// Adds to a value that is a decimal integer of 64 bits; an absent one counts as 0.
        case add(Int64)
        /// Adds to a value that is a decimal number; an absent one counts as 0.
        case addDecimal(Decimal)
        /// Changes the expiry only; of an absent key nothing changes.
        case touch
    }

    /// When to do it.
    public enum Condition: Hashable, Sendable {
        case always
        /// The key is absent.
        case ifAbsent
        /// The key holds a value.
        case ifPresent
        /// The key holds a value of exactly this version.
        case ifVersion(Version)
    }

    /// What becomes of the expiry.
    public enum Expiry: Hashable, Sendable {
        /// It stays; a new entry gets none.
        case keep
        /// The entry no longer expires.
        case never
        /// The entry expires this long after the store's current time; zero or less deletes it.
        case after(Duration)
        /// The entry expires at this time, in milliseconds since 1970 on the store's clock; a past one deletes it.
        case at(milliseconds: Int64)
    }

    /// A further condition that compares the new expiry with the present one, where none counts as infinite.
    public enum ExpiryCondition: Hashable, Sendable {
        case always
        /// The entry has no expiry.
        case ifNone
        /// The entry has an expiry.
        case ifAny
        /// The new expiry is later than the present one.
        case ifLater
        /// The new expiry is earlier than the present one.
        case ifEarlier
    }

    /// The key to change.
    public var key: Key
    public var operation: Operation
    public var condition: Condition
    public var expiry: Expiry
    public var expiryCondition: ExpiryCondition
    /// Whether the outcome has to carry the entry as it was before.
    public var returnsPrevious: Bool

    public init(
        _ operation: Operation, key: Key, condition: Condition = .always, expiry: Expiry = .keep,
        expiryCondition: ExpiryCondition = .always, returnsPrevious: Bool = false
    ) {
        self.key = key
        self.operation = operation
        self.condition = condition
        self.expiry = expiry
        self.expiryCondition = expiryCondition
        self.returnsPrevious = returnsPrevious
    }
}

/// What a mutation did.
public struct MutationOutcome: Hashable, Sendable {
    /// Whether anything changed; false when a condition failed or there was nothing to delete or touch.
    public var applied: Bool
    /// Whether the key held a value before.
    public var existed: Bool
    /// The version now in effect: the new one when applied.
    public var version: Version
    /// The entry as it is now, complete, when applied: what the levels above take.
    public var current: Entry?
    /// The entry as it was, when the mutation asked for it and the key held a value.
    public var previous: Entry?

    public init(applied: Bool, existed: Bool, version: Version, current: Entry? = nil, previous: Entry? = nil) {
        self.applied = applied
        self.existed = existed
        self.version = version
        self.current = current
        self.previous = previous
    }
}
