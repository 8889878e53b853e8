import StrataCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Mutations as the arrays that `strata.apply` takes.
struct MutationEncoding {
    let mutations: [Mutation]

    func parameters(epoch: Epoch, atomic: Bool, maximumValueBytes: Int) -> ParameterList {
        var list = ParameterList()
        list.append(Int64(bitPattern: epoch.rawValue))
        list.append(atomic)
        list.append(Int32(clamping: maximumValueBytes))
        list.append(mutations.map { $0.key.bytes })
        list.append(numbers: mutations.map { Int64(KeyPosition(of: $0.key).rawValue) })
        list.append(numbers: mutations.map(MutationEncoding.code))
        list.append(mutations.map(MutationEncoding.operand))
        list.append(texts: mutations.map(MutationEncoding.tags))
        list.append(numbers: mutations.map(MutationEncoding.expectedVersion))
        list.append(numbers: mutations.map(MutationEncoding.time))
        return list
    }

    /// Operation, condition, expiry, condition on the expiry, whether the previous entry is wanted, and type, from the
    /// lowest bits up.
    private static func code(_ mutation: Mutation) -> Int32 {
        var type: UInt8 = 0
        let operation: Int32
        switch mutation.operation {
        case .put(_, let putType, _): (operation, type) = (0, putType.rawValue)
        case .delete: operation = 1
        case .append: operation = 2
        case .add: operation = 3
        case .addDecimal: operation = 4
        case .touch: operation = 5
        }
        let condition: Int32 =
            switch mutation.condition {
            case .always: 0
            case .ifAbsent: 1
            case .ifPresent: 2
            case .ifVersion: 3
            }
        let expiry: Int32 =
            switch mutation.expiry {
            case .keep: 0
            case .never: 1
            case .after: 2
            case .at: 3
            }
        let expiryCondition: Int32 =
            switch mutation.expiryCondition {
            case .always: 0
            case .ifNone: 1
            case .ifAny: 2
            case .ifLater: 3
            case .ifEarlier: 4
            }
        return operation | condition << 4 | expiry << 8 | expiryCondition << 12
            | (mutation.returnsPrevious ? 1 : 0) << 16 | Int32(type) << 20
    }

    private static func operand(_ mutation: Mutation) -> [UInt8]? {
        switch mutation.operation {
        case .put(let value, _, _): value
        case .append(let value): value
        case .add(let amount): Array(String(amount).utf8)
        case .addDecimal(let amount): Array(amount.description.utf8)
        case .delete, .touch: nil
        }
    }

    private static func tags(_ mutation: Mutation) -> String? {
        guard case .put(_, _, let tags) = mutation.operation else { return nil }
        return PostgresArrayText.literal(tags)
    }

    private static func expectedVersion(_ mutation: Mutation) -> Int64 {
        guard case .ifVersion(let version) = mutation.condition else { return 0 }
        return Int64(bitPattern: version.rawValue)
    }

    private static func time(_ mutation: Mutation) -> Int64 {
        switch mutation.expiry {
        case .keep, .never: 0
        case .after(let duration): duration.wholeMilliseconds
        case .at(let milliseconds): milliseconds
        }
    }
}

/// What `strata.apply` says about one mutation.
enum WriteStatus: Int16 {
    case done = 0
    case notOwned = 1
    case notAnInteger = 2
    case overflow = 3
    case notADecimal = 4
    case notFinite = 5
    case tooLong = 6

    /// The error for a mutation with this status, in the words of `Mutation.decide`.
    func error(of mutation: Mutation, epoch: Epoch, shard: String) -> StrataError? {
        switch self {
        case .done: nil
        case .notOwned: StrataError.notOwned(mutation.key, epoch, shard)
        case .notAnInteger: StrataError(.invalidOperation, "value is not an integer or out of range")
        case .overflow: StrataError(.invalidOperation, "increment or decrement would overflow")
        case .notADecimal: StrataError(.invalidOperation, "value is not a valid float")
        case .notFinite: StrataError(.invalidOperation, "increment would produce NaN or Infinity")
        case .tooLong:
            StrataError(.invalidArgument, "the value of \(mutation.key) would be longer than this shard takes")
        }
    }
}

/// The rows that `strata.apply` answers, as outcomes.
struct MutationDecoding: Sendable {
    let mutations: [Mutation]
    let epoch: Epoch
    let shard: String

    func outcomes(_ result: ServerResult) throws(StrataError) -> [Result<MutationOutcome, StrataError>] {
        var outcomes: [Result<MutationOutcome, StrataError>?] = Array(repeating: nil, count: mutations.count)
        for row in 0..<result.rowCount {
            let number = Int(result.integer(row, 0, as: Int32.self) ?? 0)
            guard mutations.indices.contains(number - 1), let status = result.integer(row, 1, as: Int16.self) else {
                continue
            }
            let mutation = mutations[number - 1]
            guard let known = WriteStatus(rawValue: status) else {
                throw StrataError(.server, "a write answered the unknown status \(status)", origin: shard)
            }
            outcomes[number - 1] =
                known.error(of: mutation, epoch: epoch, shard: shard).map { .failure($0) }
                ?? .success(outcome(of: mutation, result, row))
        }
        return try outcomes.map { (outcome) throws(StrataError) in
            guard let outcome else { throw StrataError(.server, "a write answered too few rows", origin: shard) }
            return outcome
        }
    }

    private func outcome(of mutation: Mutation, _ result: ServerResult, _ row: Int) -> MutationOutcome {
        let version = Version(rawValue: UInt64(bitPattern: result.integer(row, 4) ?? 0))
        var outcome = MutationOutcome(applied: result.bool(row, 2), existed: result.bool(row, 3), version: version)
        if outcome.applied {
            let written: [UInt8]? =
                if case .put(let value, _, _) = mutation.operation { value } else { result.bytes(row, 6) }
            let type = type(result, row, 5)
            outcome.current =
                if let written, let type {
                    Entry(
                        version: version, content: .value(written, type), remaining: remaining(result, row, 7),
                        tags: tags(result, row, 8))
                } else {
                    .absent(version: version)
                }
        }
        if let previous: Int64 = result.integer(row, 9), let value = result.bytes(row, 11) {
            outcome.previous = Entry(
                version: Version(rawValue: UInt64(bitPattern: previous)),
                content: .value(value, type(result, row, 10) ?? .string), remaining: remaining(result, row, 12),
                tags: tags(result, row, 13))
        }
        return outcome
    }

    private func type(_ result: ServerResult, _ row: Int, _ column: Int) -> EntryType? {
        result.integer(row, column, as: Int16.self).map { EntryType(rawValue: UInt8(truncatingIfNeeded: $0)) }
    }

    private func remaining(_ result: ServerResult, _ row: Int, _ column: Int) -> Duration? {
        result.integer(row, column, as: Int64.self).map(Duration.milliseconds)
    }

    private func tags(_ result: ServerResult, _ row: Int, _ column: Int) -> [Tag] {
        result.texts(row, column)?.map { Tag($0) } ?? []
    }
}
