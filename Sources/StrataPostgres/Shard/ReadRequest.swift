import StrataCore

/// A fenced read of keys; others of the same epoch travel with it in one statement.
final class ReadRequest: Request, @unchecked Sendable {
    let completion = Completion<[Result<Entry, StrataError>]>()
    private let epoch: Epoch
    private let keys: [Key]
    private let shard: String
    // Guarded by being used on the reactor's thread only, both.
    private var carriedKeys = 0
    private var kept: Result<[Result<Entry, StrataError>], StrataError>?

    /// How many keys one statement reads at most, passengers' included.
    static let keyLimit = 512

    init(_ keys: [Key], epoch: Epoch, shard: String, deadline: ContinuousClock.Instant) {
        self.keys = keys
        self.epoch = epoch
        self.shard = shard
        super.init(statement: .read, isRepeatable: true, travelsTogether: true, deadline: deadline)
    }

    private var parts: [ReadRequest] { everyone.map { unsafeDowncast($0, to: ReadRequest.self) } }

    override func canCarry(_ other: Request) -> Bool {
        guard let other = other as? ReadRequest, other.epoch == epoch else { return false }
        return keys.count + carriedKeys + other.keys.count <= ReadRequest.keyLimit
    }

    override func carry(_ other: Request) {
        super.carry(other)
        carriedKeys += unsafeDowncast(other, to: ReadRequest.self).keys.count
    }

    override func unload() {
        super.unload()
        carriedKeys = 0
    }

    override func parameters() -> ParameterList {
        let keys = passengers.isEmpty ? keys : parts.flatMap(\.keys)
        var list = ParameterList()
        list.append(Int64(bitPattern: epoch.rawValue))
        list.append(keys.map { $0.bytes })
        list.append(numbers: keys.map { Int32(Slot(of: $0).number) })
        return list
    }

    override func keep(_ result: ServerResult) {
        var row = 0
        for part in parts {
            let rows = row..<(row + part.keys.count)
            row = rows.upperBound
            part.kept =
                rows.upperBound <= result.rowCount
                ? .success(zip(rows, part.keys).map { row, key in part.entry(result, row, key) })
                : .failure(
                    StrataError(.server, "a read of \(part.keys.count) keys answered too few rows", origin: shard))
        }
    }

    private func entry(_ result: ServerResult, _ row: Int, _ key: Key) -> Result<Entry, StrataError> {
        guard result.bool(row, 0) else { return .failure(StrataError.notOwned(key, epoch, shard)) }
        let version = Version(rawValue: UInt64(bitPattern: result.integer(row, 1) ?? 0))
        guard let value = result.bytes(row, 3) else { return .success(.absent(version: version)) }
        let type = EntryType(rawValue: UInt8(truncatingIfNeeded: result.integer(row, 2, as: Int16.self) ?? 0))
        return .success(
            Entry(
                version: version, content: .value(value, type),
                remaining: result.integer(row, 4, as: Int64.self).map(Duration.milliseconds),
                tags: result.texts(row, 5)?.map { Tag($0) } ?? []))
    }

    override func keep(_ error: StrataError) { for part in parts { part.kept = .failure(error) } }
    override func complete() {
        completion.finish(kept ?? .failure(StrataError(.server, "a read has no result", origin: shard)))
    }
    override func fail(_ error: StrataError) { completion.finish(.failure(error)) }
    override var isFinished: Bool { completion.isFinished }
}

extension StrataError {
    /// The error for a key whose slot the shard does not own under the epoch.
    static func notOwned(_ key: Key, _ epoch: Epoch, _ shard: String) -> StrataError {
        StrataError(
            .notOwned,
            "slot \(Slot(of: key).number) is not owned by this shard under epoch \(epoch.rawValue); refresh the shard map",
            origin: shard)
    }
}
