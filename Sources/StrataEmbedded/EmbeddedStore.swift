import Foundation
public import Logging
import NIOConcurrencyHelpers
public import StrataCore

/// A store in SQLite files of this process: the slots are spread over several files, each with one thread that writes
/// and one that reads.
///
/// Concurrent writes to a file share one transaction and one sync of the disk, and an acknowledged one is durable.
/// `run()` removes what has expired; without it the store serves all the same, and the files grow.
public final class EmbeddedStore: Store {
    public let name: String
    public var keepsDeadlines: Bool { true }
    /// Whose data the directory holds; a new directory got a new one.
    public let identity: ClusterIdentity

    let configuration: EmbeddedConfiguration
    let shards: [EmbeddedShard]
    let background: Lane<BackgroundRequest>
    let clock: WallClock
    let logger: Logger
    private let shardOfSlot: [UInt8]
    private let watch: DeadlineWatch
    private let lock: DirectoryLock
    private let isClosed = NIOLockedValueBox(false)

    /// Opens the directory, and makes it when it is not there. The work is done on a thread of its own.
    ///
    /// - Throws: `unavailable` when another process has the directory (the message says which), `incompatible` when it
    ///   or a file in it is of another cluster, format or program, `corrupt` when a file is damaged, `storage` when the
    ///   disk refuses, `configuration` when the number of shards is out of range.
    public convenience init(_ configuration: EmbeddedConfiguration, logger: Logger) async throws(StrataError) {
        try await self.init(configuration, clock: .system, logger: logger)
    }

    /// Opens the directory with a clock of the caller's.
    package convenience init(
        _ configuration: EmbeddedConfiguration, clock: WallClock, logger: Logger
    ) async throws(StrataError) {
        let opening = Gathering<Opened>(parts: 1)
        let thread = Thread {
            opening.fill(
                0, Result { () throws(StrataError) in try Opened(configuration, clock: clock, logger: logger) })
        }
        thread.name = "\(configuration.name)-open"
        thread.start()
        self.init(try await opening.results()[0].get(), configuration, clock: clock, logger: logger)
    }

    private init(_ opened: Opened, _ configuration: EmbeddedConfiguration, clock: WallClock, logger: Logger) {
        name = configuration.name
        identity = opened.directory.identity
        self.configuration = configuration
        shards = opened.shards
        background = opened.background
        watch = opened.watch
        lock = opened.directory.lock
        self.clock = clock
        self.logger = logger
        shardOfSlot = opened.shards.enumerated().flatMap { index, shard in
            Array(repeating: UInt8(index), count: shard.file.slots.count)
        }
    }

    deinit {
        for shard in shards {
            shard.reads.close()
            shard.writes.close()
        }
        background.close()
        watch.close()
    }

    /// Removes what has expired, step by step, until the task is cancelled, and closes the store then.
    public func run() async throws {
        while !Task.isCancelled, !isClosed.withLockedValue({ $0 }) {
            await maintain()
            try? await Task.sleep(for: configuration.maintenance.interval)
        }
        await close()
    }

    /// Refuses further requests, finishes those that wait, and lets go of the directory.
    ///
    /// Returns when all of it is done, also when the task is cancelled; a second call waits for the same.
    public func close() async {
        isClosed.withLockedValue { $0 = true }
        for shard in shards {
            shard.reads.close()
            shard.writes.close()
        }
        background.close()
        for shard in shards {
            await shard.reads.waitForEnd()
            await shard.writes.waitForEnd()
        }
        await background.waitForEnd()
        watch.close()
        lock.release()
    }

    /// What each shard has done since the store was opened.
    package var statistics: [ShardStatistics] { shards.map { $0.statistics.withLockedValue(\.self) } }

    /// How many mutations and other changes wait or are being written.
    package var pendingWrites: Int { shards.reduce(0) { $0 + $1.writes.pendingOperations } }

    /// The index of the shard that has a key.
    func shard(of key: Key) -> Int { Int(shardOfSlot[Slot(of: key).number]) }
}

/// What opening a directory makes.
private struct Opened: Sendable {
    let directory: StoreDirectory
    let shards: [EmbeddedShard]
    let background: Lane<BackgroundRequest>
    let watch = DeadlineWatch()

    init(_ configuration: EmbeddedConfiguration, clock: WallClock, logger: Logger) throws(StrataError) {
        directory = try StoreDirectory(opening: configuration, logger: logger)
        var shards: [EmbeddedShard] = []
        let bounds = configuration.queue
        background = Lane(
            name: configuration.name, bounds: bounds, batch: EmbeddedConfiguration.Queue(maximumOperations: 16),
            watch: watch)
        do throws(StrataError) {
            for file in directory.files {
                shards.append(
                    try EmbeddedShard(
                        name: "\(configuration.name)-\(file.shard)", file: file, queue: bounds, clock: clock,
                        watch: watch, lock: directory.lock))
            }
            let reader = try BackgroundReader(files: directory.files, names: shards.map(\.name), clock: clock)
            background.start(run: reader.serve, end: reader.close)
        } catch {
            for shard in shards {
                shard.reads.close()
                shard.writes.close()
            }
            watch.close()
            throw error
        }
        self.shards = shards
        watch.start(name: "\(configuration.name)-watch")
    }
}
