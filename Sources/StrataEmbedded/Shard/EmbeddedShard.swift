import NIOConcurrencyHelpers
import StrataCore

/// One file with the thread that reads it and the thread that writes it.
struct EmbeddedShard: Sendable {
    /// How much one transaction takes at most.
    private static let batch = EmbeddedConfiguration.Queue(maximumOperations: 4096, maximumBytes: 16 << 20)

    let name: String
    let file: ShardFile
    let reads: Lane<ReadRequest>
    let writes: Lane<WriteRequest>
    let statistics = NIOLockedValueBox(ShardStatistics())

    /// Opens the file and starts the threads. Blocks.
    ///
    /// - Parameter lock: held until the last write is done.
    init(
        name: String, file: ShardFile, queue: EmbeddedConfiguration.Queue, clock: WallClock, watch: DeadlineWatch,
        lock: DirectoryLock
    ) throws(StrataError) {
        self.name = name
        self.file = file
        reads = Lane(name: name, bounds: queue, batch: EmbeddedShard.batch, watch: watch)
        writes = Lane(name: name, bounds: queue, batch: EmbeddedShard.batch, watch: watch)
        let writer = try ShardWriter(file: file, name: name, clock: clock, statistics: statistics)
        let reader = try ShardReader(file: file, name: name, clock: clock, statistics: statistics)
        reads.start(run: reader.serve, end: reader.close)
        writes.start(run: writer.serve) {
            writer.close()
            withExtendedLifetime(lock) {}
        }
    }
}
