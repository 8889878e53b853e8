import StrataCore

/// What the contracts of a tier and a store can be asked, as metrics and spans call it.
enum ObservedOperation: Int, CaseIterable {
    case read
    case offer
    case invalidate
    case invalidateTag
    case removeAll
    case apply
    case applyAtomically
    case scan
    case count

    var name: String {
        switch self {
        case .read: "read"
        case .offer: "offer"
        case .invalidate: "invalidate"
        case .invalidateTag: "invalidate-tag"
        case .removeAll: "remove-all"
        case .apply: "apply"
        case .applyAtomically: "apply-atomically"
        case .scan: "scan"
        case .count: "count"
        }
    }

    /// What a tier is asked; its health is nobody's operation.
    static let ofTiers: [ObservedOperation] = [.read, .offer, .invalidate, .invalidateTag, .removeAll]
    /// What a store is asked.
    static let ofStores: [ObservedOperation] = [
        .read, .apply, .applyAtomically, .invalidateTag, .removeAll, .scan, .count,
    ]
}

extension ObservedOperation {
    /// The name of an operation on several keys: `db.operation.name` of a batch.
    static func batch(of name: String?, size: Int, otherwise: ObservedOperation) -> String {
        guard size > 1 else { return name ?? otherwise.name }
        return name.map { "BATCH \($0)" } ?? "BATCH"
    }
}

extension Mutation.Operation {
    fileprivate var name: String {
        switch self {
        case .put: "put"
        case .delete: "delete"
        case .append: "append"
        case .add: "add"
        case .addDecimal: "add-decimal"
        case .touch: "touch"
        }
    }
}

extension Collection where Element == Mutation {
    /// What all of them do; nil when they do different things.
    var commonName: String? {
        guard let name = first?.operation.name else { return nil }
        return allSatisfy { $0.operation.name == name } ? name : nil
    }
}
