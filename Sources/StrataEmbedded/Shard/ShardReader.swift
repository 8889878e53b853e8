import GRDB
import NIOConcurrencyHelpers
import StrataCore

/// The reader of one shard's file: whatever is waiting is read in one transaction, so in one state of the file.
///
/// `@unchecked Sendable`: everything below is used by the thread of the shard's read lane alone, once that was started;
/// `statistics` has a lock.
final class ShardReader: @unchecked Sendable {
    private struct Statements {
        let begin: RawStatement
        let commit: RawStatement
        let entry: RawStatement
        let slot: RawStatement
    }

    private let file: ShardFile
    private let name: String
    private let clock: WallClock
    private let statistics: NIOLockedValueBox<ShardStatistics>
    private let database: DatabaseQueue
    private var statements: Statements?

    init(
        file: ShardFile, name: String, clock: WallClock, statistics: NIOLockedValueBox<ShardStatistics>
    ) throws(StrataError) {
        self.file = file
        self.name = name
        self.clock = clock
        self.statistics = statistics
        database = try file.connect()
        do {
            statements = try database.unsafeRead { database in
                Statements(
                    begin: try RawStatement("BEGIN DEFERRED", in: database),
                    commit: try RawStatement("COMMIT", in: database),
                    entry: try RawStatement(EntryRow.selection, in: database),
                    slot: try RawStatement("SELECT collected FROM slot WHERE slot = ?1", in: database))
            }
        } catch {
            throw StrataError(error, file: file.path)
        }
    }

    /// Serves a batch: every request of it is answered when this returns.
    func serve(_ requests: [ReadRequest]) {
        let wanted = requests.filter { !$0.isAbandoned }
        guard !wanted.isEmpty else { return }
        database.unsafeRead { database in
            guard let statements else { return }
            do {
                if database.isInsideTransaction { try statements.commit.run() }
                try statements.begin.run()
            } catch {
                let error = StrataError(error, file: file.path).at(name)
                for request in wanted { request.fail(error) }
                return
            }
            // The end of a transaction that only read has nothing to lose.
            defer { try? statements.commit.run() }
            let now = clock.milliseconds()
            for request in wanted {
                request.gathering.fill(request.parts, request.keys.map { read($0, at: now, by: statements) })
            }
        }
        let keys = wanted.reduce(0) { $0 + $1.keys.count }
        statistics.withLockedValue { statistics in
            statistics.readTransactions += 1
            statistics.reads += keys
        }
    }

    func close() {
        database.unsafeRead { _ in statements = nil }
        try? database.close()
    }

    private func read(_ key: Key, at now: Int64, by statements: Statements) -> Result<Entry, StrataError> {
        do {
            if let state = try EntryRow.state(of: key, by: statements.entry) { return .success(state.entry(at: now)) }
            let collected = try statements.slot.first {
                $0.bind(1, Slot(of: key).number)
            } read: { row in
                row.version(0)
            }
            return .success(.absent(version: collected ?? .zero))
        } catch {
            return .failure(StrataError(error, file: file.path).at(name))
        }
    }
}
