import NIOConcurrencyHelpers
import NIOCore
import StrataEventLoops

/// What the connections of one event loop have in common.
struct ConnectionLoop: Sendable {
    /// Runs their tasks on the loop, so that what they ask for goes out together.
    let executor: EventLoopTaskExecutor
    /// Their reads that need no task.
    let reads: LoopReads

    init(_ eventLoop: any EventLoop, cache: any ServedCache) {
        executor = EventLoopTaskExecutor(eventLoop)
        reads = LoopReads(cache: cache, eventLoop: eventLoop)
    }
}

/// One for each event loop.
final class ConnectionLoops: Sendable {
    private let cache: any ServedCache
    private let loops = NIOLockedValueBox<[ObjectIdentifier: ConnectionLoop]>([:])

    init(cache: any ServedCache) {
        self.cache = cache
    }

    func loop(of eventLoop: any EventLoop) -> ConnectionLoop {
        loops.withLockedValue { loops in
            if let loop = loops[ObjectIdentifier(eventLoop)] { return loop }
            let loop = ConnectionLoop(eventLoop, cache: cache)
            loops[ObjectIdentifier(eventLoop)] = loop
            return loop
        }
    }
}
