import StrataCore

/// Unconditional puts of distinct keys; others of the same kind travel with it in one statement and one transaction.
final class PutRequest: Request, @unchecked Sendable {
    let completion = Completion<[Result<MutationOutcome, StrataError>]>()
    private let mutations: [Mutation]
    private let keepsDeadline: Bool
    private let epoch: Epoch
    private let shard: String
    private let byteCount: Int
    // Guarded by being used on the reactor's thread only, all below.
    private var carriedRows = 0
    private var carriedBytes = 0
    private var carriedKeys: Set<Key> = []
    private var kept: Result<[Result<MutationOutcome, StrataError>], StrataError>?

    /// How many rows and bytes one statement writes at most when requests are put together.
    static let rowLimit = 512
    static let byteLimit = 1 << 20

    /// A request for mutations that `canTake` accepts.
    init(_ mutations: [Mutation], epoch: Epoch, shard: String, deadline: ContinuousClock.Instant) {
        self.mutations = mutations
        keepsDeadline = mutations.first?.expiry == .keep
        self.epoch = epoch
        self.shard = shard
        byteCount = mutations.reduce(0) { $0 + $1.weight }
        super.init(statement: .put, isRepeatable: false, travelsTogether: true, deadline: deadline)
    }

    /// Whether the mutations are unconditional puts of distinct keys that need nothing of what is there before.
    static func canTake(_ mutations: [Mutation]) -> Bool {
        guard let expiry = mutations.first?.expiry else { return false }
        let keeps = expiry == .keep
        for mutation in mutations {
            guard case .put = mutation.operation, mutation.condition == .always, mutation.expiryCondition == .always,
                !mutation.returnsPrevious, (mutation.expiry == .keep) == keeps
            else { return false }
            switch mutation.expiry {
            case .keep, .never: break
            case .after(let duration): guard duration.wholeMilliseconds > 0 else { return false }
            case .at: return false
            }
        }
        return mutations.count == 1 || Set(mutations.map(\.key)).count == mutations.count
    }

    private var parts: [PutRequest] { everyone.map { unsafeDowncast($0, to: PutRequest.self) } }

    override func canCarry(_ other: Request) -> Bool {
        guard let other = other as? PutRequest, other.epoch == epoch, other.keepsDeadline == keepsDeadline else {
            return false
        }
        guard mutations.count + carriedRows + other.mutations.count <= PutRequest.rowLimit,
            byteCount + carriedBytes + other.byteCount <= PutRequest.byteLimit
        else { return false }
        // Two writes of one key can't share a statement.
        return other.mutations.allSatisfy { wanted in
            !carriedKeys.contains(wanted.key) && !mutations.contains { $0.key == wanted.key }
        }
    }

    override func carry(_ other: Request) {
        super.carry(other)
        let other = unsafeDowncast(other, to: PutRequest.self)
        carriedRows += other.mutations.count
        carriedBytes += other.byteCount
        for mutation in other.mutations { carriedKeys.insert(mutation.key) }
    }

    override func unload() {
        super.unload()
        (carriedRows, carriedBytes, carriedKeys) = (0, 0, [])
    }

    override func parameters() -> ParameterList {
        let mutations = passengers.isEmpty ? mutations : parts.flatMap(\.mutations)
        var list = ParameterList()
        list.append(Int64(bitPattern: epoch.rawValue))
        list.append(keepsDeadline)
        list.append(mutations.map { $0.key.bytes })
        list.append(numbers: mutations.map { Int64(KeyPosition(of: $0.key).rawValue) })
        list.append(mutations.map { $0.putValue })
        list.append(array: ParameterList.TypeID.int2Array, of: ParameterList.TypeID.int2, mutations) {
            $1.appendBigEndian(Int16($0.putType.rawValue))
            return true
        }
        list.append(texts: mutations.map { PostgresArrayText.literal($0.putTags) })
        list.append(array: ParameterList.TypeID.int8Array, of: ParameterList.TypeID.int8, mutations) {
            guard case .after(let duration) = $0.expiry else { return false }
            $1.appendBigEndian(duration.wholeMilliseconds)
            return true
        }
        return list
    }

    override func keep(_ result: ServerResult) {
        // The rows come in the order of the locks, without those of keys that are not owned.
        var rows: [Key: Int] = [:]
        rows.reserveCapacity(result.rowCount)
        for row in 0..<result.rowCount { rows[Key(result.cell(row, 0))] = row }
        for part in parts {
            part.kept = .success(
                part.mutations.map { mutation in
                    guard let row = rows[mutation.key] else {
                        return .failure(StrataError.notOwned(mutation.key, epoch, shard))
                    }
                    return .success(PutRequest.outcome(of: mutation, result, row))
                })
        }
    }

    private static func outcome(of mutation: Mutation, _ result: ServerResult, _ row: Int) -> MutationOutcome {
        let version = Version(rawValue: UInt64(bitPattern: result.integer(row, 1) ?? 0))
        let current = Entry(
            version: version, content: .value(mutation.putValue, mutation.putType),
            remaining: result.integer(row, 3, as: Int64.self).map(Duration.milliseconds), tags: mutation.putTags)
        return MutationOutcome(applied: true, existed: result.bool(row, 2), version: version, current: current)
    }

    override func keep(_ error: StrataError) { for part in parts { part.kept = .failure(error) } }
    override func complete() {
        completion.finish(kept ?? .failure(StrataError(.server, "a write has no result", origin: shard)))
    }
    override func fail(_ error: StrataError) { completion.finish(.failure(error)) }
    override var isFinished: Bool { completion.isFinished }
}

extension Mutation {
    /// About how many bytes the mutation has on its way.
    var weight: Int {
        switch operation {
        case .put(let value, _, _): key.bytes.count + value.count + 64
        case .append(let value): key.bytes.count + value.count + 64
        case .delete, .add, .addDecimal, .touch: key.bytes.count + 64
        }
    }

    fileprivate var putValue: [UInt8] { if case .put(let value, _, _) = operation { value } else { [] } }
    fileprivate var putType: EntryType { if case .put(_, let type, _) = operation { type } else { .string } }
    fileprivate var putTags: [Tag] { if case .put(_, _, let tags) = operation { tags } else { [] } }
}
