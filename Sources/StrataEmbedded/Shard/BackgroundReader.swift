import GRDB
import StrataCore

/// Scans and counts over all shards' files, and moves their logs into them.
///
/// `@unchecked Sendable`: everything below is used by the thread of the background lane alone, once that was started.
final class BackgroundReader: @unchecked Sendable {
    private struct Source {
        let file: ShardFile
        let name: String
        let database: DatabaseQueue
        let scan: RawStatement
        let count: RawStatement
    }

    private let clock: WallClock
    private var sources: [Source] = []

    init(files: [ShardFile], names: [String], clock: WallClock) throws(StrataError) {
        self.clock = clock
        for (file, name) in zip(files, names) {
            let database = try file.connect()
            do {
                let source = try database.unsafeRead { connection in
                    let live = "value IS NOT NULL AND (deadline IS NULL OR deadline > ?2)"
                    return Source(
                        file: file, name: name, database: database,
                        scan: try RawStatement(
                            """
                            SELECT position, key, type FROM entry WHERE position >= ?1 AND \(live)
                            ORDER BY position, key
                            """, in: connection),
                        count: try RawStatement(
                            "SELECT count(*) FROM entry WHERE position >= ?1 AND position < ?3 AND \(live)",
                            in: connection))
                }
                sources.append(source)
            } catch {
                throw StrataError(error, file: file.path)
            }
        }
    }

    /// Serves a batch: every request of it is answered when this returns.
    func serve(_ requests: [BackgroundRequest]) {
        for request in requests where !request.isAbandoned {
            switch request.work {
            case .scan(let start, let count, let gathering):
                gathering.fill(0, Result { () throws(StrataError) in try scan(from: start, count: count) })
            case .count(let gathering):
                gathering.fill(
                    0, Result { () throws(StrataError) in try self.count(until: { request.isAbandoned }) })
            case .checkpoint(let shard, let gathering):
                gathering.fill(
                    0,
                    Result { () throws(StrataError) in
                        try use(sources[shard]) { _ = try $0.checkpoint(.passive) }
                    })
            }
        }
    }

    func close() {
        let databases = sources.map(\.database)
        sources = []
        for database in databases { try? database.close() }
    }

    private func use<Value>(_ source: Source, _ body: (Database) throws -> Value) throws(StrataError) -> Value {
        do {
            return try source.database.unsafeRead(body)
        } catch {
            throw StrataError(error, file: source.file.path).at(source.name)
        }
    }

    /// The shards have runs of slots in their order, so the order of positions is that of the shards.
    private func scan(from start: KeyPosition, count: Int) throws(StrataError) -> ScanPage {
        var keys: [(key: Key, type: EntryType)] = []
        let now = clock.milliseconds()
        for source in sources {
            let end = KeyPosition.range(of: Slot(source.file.slots.upperBound)).upperBound
            guard start < end else { continue }
            var last: Int64?
            var isFull = false
            try use(source) { _ in
                try source.scan.forEachRow { row in
                    row.bind(1, Int64(start.rawValue))
                    row.bind(2, now)
                } do: { row in
                    let position = row.integer(0)
                    isFull = keys.count >= count && last.map { position != $0 } ?? true
                    guard !isFull else { return false }
                    last = position
                    keys.append(
                        (Key(row.bytes(1) ?? []), EntryType(rawValue: UInt8(truncatingIfNeeded: row.integer(2)))))
                    return true
                }
            }
            if isFull, let end = keys.last { return ScanPage(keys: keys, next: KeyPosition(of: end.key).next) }
        }
        return ScanPage(keys: keys, next: nil)
    }

    /// Counts in runs of slots, so that it can stop between them when nobody waits any more.
    private func count(until isAbandoned: () -> Bool) throws(StrataError) -> Int {
        var total = 0
        let now = clock.milliseconds()
        for source in sources {
            for first in stride(from: source.file.slots.lowerBound, through: source.file.slots.upperBound, by: 256) {
                guard !isAbandoned() else { return total }
                let last = min(first + 255, source.file.slots.upperBound)
                total += try use(source) { _ in
                    try source.count.first { row in
                        row.bind(1, Int64(KeyPosition.range(of: Slot(first)).lowerBound.rawValue))
                        row.bind(2, now)
                        row.bind(3, Int64(KeyPosition.range(of: Slot(last)).upperBound.rawValue))
                    } read: { row in
                        Int(row.integer(0))
                    } ?? 0
                }
            }
        }
        return total
    }
}
