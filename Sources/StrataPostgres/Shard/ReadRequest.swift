import StrataCore

/// A fenced read of keys; others of the same epoch travel with it in one statement.
///
/// What the server is told of each key is its number in the statement times 16,384, plus its slot, and its row repeats it.
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
        let count = keys.count + carriedKeys
        var list = ParameterList()
        list.reserve(count * 48)
        list.append(Int64(bitPattern: epoch.rawValue))
        list.append(array: ParameterList.TypeID.byteaArray, of: ParameterList.TypeID.bytea, count: count) { storage in
            forEachPart { part in
                for key in part.keys {
                    storage.appendBigEndian(Int32(key.bytes.count))
                    storage += key.bytes
                }
            }
        }
        list.append(array: ParameterList.TypeID.int4Array, of: ParameterList.TypeID.int4, count: count) { storage in
            var index = 0
            forEachPart { part in
                for key in part.keys {
                    storage.appendBigEndian(Int32(4))
                    storage.appendBigEndian(Int32(index * Slot.count + Slot(of: key).number))
                    index += 1
                }
            }
        }
        return list
    }

    override func keep(_ result: ServerResult) {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: keys.count + carriedKeys) { rows in
            rows.initialize(repeating: -1)
            for row in 0..<result.rowCount {
                guard let place: Int32 = result.integer(row, 0), place >= 0 else { continue }
                let index = Int(place) / Slot.count
                if index < rows.count { rows[index] = Int32(row) }
            }
            var index = 0
            forEachPart { part in
                part.kept = .success(
                    part.keys.map { key in
                        defer { index += 1 }
                        return part.entry(result, Int(rows[index]), key)
                    })
            }
        }
    }

    private func forEachPart(_ body: (ReadRequest) -> Void) {
        visit { body(unsafeDowncast($0, to: ReadRequest.self)) }
    }

    private func entry(_ result: ServerResult, _ row: Int, _ key: Key) -> Result<Entry, StrataError> {
        guard row >= 0 else { return .failure(StrataError(.server, "a read left out a key", origin: shard)) }
        // What is not owned has no version.
        guard !result.isNull(row, 1) else { return .failure(StrataError.notOwned(key, epoch, shard)) }
        return .success(result.entry(row, from: 1))
    }

    override func keep(_ error: StrataError) { forEachPart { $0.kept = .failure(error) } }
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
