#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// An entry as a store holds it: what a mutation is decided on.
public struct StoredState: Hashable, Sendable {
    public var content: Entry.Content
    public var version: Version
    /// When the content expires, in milliseconds since 1970 on the store's clock.
    public var deadline: Int64?
    public var tags: [Tag]

    public init(content: Entry.Content, version: Version, deadline: Int64? = nil, tags: [Tag] = []) {
        self.content = content
        self.version = version
        self.deadline = deadline
        self.tags = tags
    }

    /// The state with an expired value replaced by its absence.
    ///
    /// - Parameter now: milliseconds since 1970 on the store's clock.
    public func live(at now: Int64) -> StoredState {
        guard let deadline, deadline <= now else { return self }
        return StoredState(content: .absent, version: version)
    }

    /// The entry that the store answers.
    ///
    /// - Parameter now: milliseconds since 1970 on the store's clock.
    public func entry(at now: Int64) -> Entry {
        let state = live(at: now)
        let remaining = state.deadline.map { Duration.milliseconds($0 - now) }
        return Entry(version: state.version, content: state.content, remaining: remaining, tags: state.tags)
    }
}

extension Mutation {
    /// What a store has to do to a key.
    public enum Decision: Hashable, Sendable {
        /// Nothing.
        case keep
        /// Write this content with this deadline and these tags under a new version.
        case write(Entry.Content, deadline: Int64?, tags: [Tag])
        /// Write a tombstone under a new version.
        case delete
    }

    /// Decides what the mutation does to a key.
    ///
    /// - Parameters:
    ///   - stored: the key's row or tombstone; `.absent` when there is none. An expired value counts as absent.
    ///   - now: milliseconds since 1970 on the store's clock.
    /// - Throws: `invalidOperation` when the value is not a number or the result would overflow; nothing changes then.
    public func decide(on stored: StoredState, at now: Int64) throws(StrataError) -> Decision {
        let state = stored.live(at: now)
        var value: [UInt8]?
        var type = EntryType.string
        if case .value(let bytes, let valueType) = state.content { (value, type) = (bytes, valueType) }

        switch condition {
        case .always: break
        case .ifAbsent: guard value == nil else { return .keep }
        case .ifPresent: guard value != nil else { return .keep }
        case .ifVersion(let version): guard value != nil, state.version == version else { return .keep }
        }
        let deadline = newDeadline(from: state.deadline, at: now)
        guard allowsExpiry(from: state.deadline, to: deadline) else { return .keep }

        let content: Entry.Content
        var tags = state.tags
        switch operation {
        case .delete:
            return value == nil ? .keep : .delete
        case .touch:
            guard value != nil, deadline != state.deadline else { return .keep }
            content = state.content
        case .put(let bytes, let newType, let newTags):
            content = .value(bytes, newType)
            tags = newTags
        case .append(let suffix):
            content = .value((value ?? []) + suffix, type)
        case .add(let amount):
            content = .value(try sum(of: value, and: amount), type)
        case .addDecimal(let amount):
            content = .value(try sum(of: value, and: amount), type)
        }
        if let deadline, deadline <= now { return value == nil ? .keep : .delete }
        return .write(content, deadline: deadline, tags: tags)
    }

    private func newDeadline(from present: Int64?, at now: Int64) -> Int64? {
        switch expiry {
        case .keep: present
        case .never: nil
        case .after(let duration): Int64(clamping: Int128(now) + Int128(duration.wholeMilliseconds))
        case .at(let milliseconds): milliseconds
        }
    }

    private func allowsExpiry(from present: Int64?, to new: Int64?) -> Bool {
        switch expiryCondition {
        case .always: true
        case .ifNone: present == nil
        case .ifAny: present != nil
        case .ifLater: (new ?? .max) > (present ?? .max)
        case .ifEarlier: (new ?? .max) < (present ?? .max)
        }
    }

    private func sum(of value: [UInt8]?, and amount: Int64) throws(StrataError) -> [UInt8] {
        guard let number = value.map(Int64.init(canonicalDecimal:)) ?? 0 else {
            throw StrataError(.invalidOperation, "value is not an integer or out of range")
        }
        let (sum, overflow) = number.addingReportingOverflow(amount)
        guard !overflow else { throw StrataError(.invalidOperation, "increment or decrement would overflow") }
        return Array(String(sum).utf8)
    }

    private func sum(of value: [UInt8]?, and amount: Decimal) throws(StrataError) -> [UInt8] {
        guard let number = value.map(Decimal.init(plainNumber:)) ?? 0 else {
            throw StrataError(.invalidOperation, "value is not a valid float")
        }
        let sum = number + amount
        guard sum.isFinite else { throw StrataError(.invalidOperation, "increment would produce NaN or Infinity") }
        return Array(sum.description.utf8)
    }
}
