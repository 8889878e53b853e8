import GRDB
import NIOConcurrencyHelpers
import StrataCore

/// The only writer of one shard's file: it turns whatever is waiting into one transaction with one sync of the disk.
///
/// `@unchecked Sendable`: everything below is used by the thread of the shard's write lane alone, once that was started;
/// `statistics` has a lock.
final class ShardWriter: @unchecked Sendable {
    let file: ShardFile
    let name: String
    let clock: WallClock
    let statistics: NIOLockedValueBox<ShardStatistics>
    private let database: DatabaseQueue
    private var statements: WriterStatements?
    private(set) var sequence: ShardSequence
    private(set) var slots: SlotStates

    /// Opens the file and brings its schema up to date.
    init(
        file: ShardFile, name: String, clock: WallClock, statistics: NIOLockedValueBox<ShardStatistics>
    ) throws(StrataError) {
        self.file = file
        self.name = name
        self.clock = clock
        self.statistics = statistics
        database = try file.connect()
        try file.prepare(database)
        do {
            (statements, sequence, slots) = try database.writeWithoutTransaction { database in
                let statements = try WriterStatements(in: database)
                return (statements, try statements.sequence(), try statements.slots(of: file.slots))
            }
        } catch {
            throw StrataError(error, file: file.path)
        }
    }

    /// Serves a batch: every request of it is answered when this returns.
    func serve(_ requests: [WriteRequest]) {
        let wanted = requests.filter { !$0.isAbandoned }
        guard !wanted.isEmpty else { return }
        guard let error = commit(wanted) else { return }
        // What does not fit any more may be one large value; it must not take the small ones beside it with it.
        let divided = wanted.flatMap(\.divided)
        guard error.code == .storage || error.code == .invalidArgument, divided.count > 1 else {
            return fail(wanted, error)
        }
        for request in divided where !request.isAbandoned {
            if let error = commit([request]) { fail([request], error) }
        }
    }

    /// Writes what is in the log into the file itself and closes it.
    func close() {
        database.writeWithoutTransaction { database in
            statements = nil
            // The log is complete without it, and is read at the next start.
            _ = try? database.checkpoint(.truncate)
        }
        try? database.close()
    }

    private func fail(_ requests: [WriteRequest], _ error: StrataError) {
        if error.code != .invalidArgument { statistics.withLockedValue { $0.writeError = error } }
        for request in requests { request.fail(error) }
    }

    /// Runs requests in one transaction and answers them; answers none of them when it fails.
    private func commit(_ requests: [WriteRequest]) -> StrataError? {
        var answers: [Answer] = []
        do {
            try database.writeWithoutTransaction { database in
                guard let statements else { throw StrataError(.shutdown, "the embedded store is closed") }
                if database.isInsideTransaction { try statements.rollback.run() }
                let before = (sequence, slots)
                try statements.begin.run()
                do {
                    var transaction = WriteTransaction(
                        statements: statements, database: database, sequence: sequence, slots: slots,
                        now: clock.milliseconds())
                    for request in requests { answers.append(try transaction.run(request.work)) }
                    try transaction.finish()
                    try statements.commit.run()
                    (sequence, slots) = (transaction.sequence, transaction.slots)
                } catch {
                    (sequence, slots) = before
                    // SQLite has rolled back by itself after some errors, and then refuses to do it again.
                    try? statements.rollback.run()
                    throw error
                }
            }
        } catch {
            return StrataError(error, file: file.path).at(name)
        }
        let mutations = requests.reduce(0) { $0 + $1.operations }
        let wrote = requests.contains(where: \.writes)
        statistics.withLockedValue { statistics in
            statistics.writeTransactions += 1
            statistics.writes += mutations
            if wrote { statistics.writeError = nil }
        }
        for (request, answer) in zip(requests, answers) { request.take(answer, from: name) }
        return nil
    }
}

/// The answer to a request, kept until its transaction is on the disk.
enum Answer {
    case outcomes([Result<MutationOutcome, StrataError>])
    case transaction(Result<[MutationOutcome], StrataError>)
    case done
    case version(Version)
    case count(Int)
}

extension WriteRequest {
    /// Whether the request's success shows that the file can be written to.
    fileprivate var writes: Bool {
        if case .maintain(let upkeep, _, _) = work { upkeep.probes } else { true }
    }

    /// Hands the answer to the caller.
    fileprivate func take(_ answer: Answer, from shard: String) {
        switch (work, answer) {
        case (.mutations(_, let parts, let gathering), .outcomes(let outcomes)): gathering.fill(parts, outcomes)
        case (.transaction(_, let gathering), .transaction(let outcomes)): gathering.fill(0, outcomes)
        case (.removeAll(let part, let gathering), .done): gathering.fill(part, .success(()))
        case (.invalidate(_, let part, let gathering), .version(let version)): gathering.fill(part, .success(version))
        case (.maintain(_, let part, let gathering), .count(let count)): gathering.fill(part, .success(count))
        default: preconditionFailure("\(shard) answered \(answer) to other work")
        }
    }
}
