import NIOCore
import NIOPosix

/// The clients of one event loop and what they measured; everything in it is touched on that loop alone.
final class RESPLane {
    let loop: any EventLoop
    let address: ServerAddress
    let plan: PhasePlan
    var tally = Tally()

    private let numbers: [Int]
    private let timeout: TimeAmount
    private let progress: Progress
    private let finished: EventLoopPromise<LaneOutcome>
    private var clients: [RESPClient] = []
    private var running: Int
    private var published = 0
    private var lastFinish = NIODeadline.uptimeNanoseconds(0)
    private var watch: Scheduled<Void>?
    private var isOver = false

    /// - Parameter numbers: which clients of the plan are the lane's.
    init(
        loop: any EventLoop, address: ServerAddress, plan: PhasePlan, numbers: [Int], timeout: TimeAmount,
        progress: Progress
    ) {
        self.loop = loop
        self.address = address
        self.plan = plan
        self.numbers = numbers
        self.timeout = timeout
        self.progress = progress
        finished = loop.makePromise()
        running = numbers.count
    }

    /// Connects every client.
    func connect() -> EventLoopFuture<Void> {
        clients = numbers.map { _ in RESPClient(lane: self) }
        return RESPLane.all(clients.map(connect), on: loop)
    }

    /// Waits for all, then fails with the first failure: none is left behind to end when nobody looks any more.
    static func all(_ futures: [EventLoopFuture<Void>], on loop: any EventLoop) -> EventLoopFuture<Void> {
        EventLoopFuture.whenAllComplete(futures, on: loop).flatMapThrowing { results in
            for result in results { try result.get() }
        }
    }

    /// Connects one client, for the first time or again.
    func connect(_ client: RESPClient) -> EventLoopFuture<Void> {
        let client = NIOLoopBound(client, eventLoop: loop)
        return ClientBootstrap(group: loop)
            .connectTimeout(.seconds(5))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            // An answer fits one read; a second one would only learn that there is nothing more.
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(client.value)
                }
            }
            .connect(host: address.host, port: address.port)
            .map { _ in }
    }

    /// Lets every client run its session from this time on.
    func run(from start: NIODeadline) -> EventLoopFuture<LaneOutcome> {
        lastFinish = start
        if clients.isEmpty { end(.success(LaneOutcome(tally: tally, end: start))) }
        watchConnections()
        for (client, number) in zip(clients, numbers) {
            client.start(ClientSession(plan: plan, client: number, start: start))
        }
        return finished.futureResult
    }

    /// Ends the lane with an error, unless it is over.
    func fail(_ error: LoadError) {
        end(.failure(error))
    }

    func clientFinished(at now: NIODeadline) {
        lastFinish = max(lastFinish, now)
        running -= 1
        if running == 0 { end(.success(LaneOutcome(tally: tally, end: lastFinish))) }
    }

    /// Tells the progress of what has ended since the last time.
    func publish() {
        progress.add(tally.completed - published)
        published = tally.completed
    }

    private func end(_ result: Result<LaneOutcome, LoadError>) {
        guard !isOver else { return }
        isOver = true
        watch?.cancel()
        for client in clients { client.close() }
        finished.completeWith(result.mapError { $0 as any Error })
    }

    /// Gives up silent connections, once a second until the lane is over.
    private func watchConnections() {
        guard !isOver else { return }
        watch = loop.assumeIsolated().scheduleTask(in: .seconds(1)) {
            let now = NIODeadline.now()
            for client in self.clients {
                if let sent = client.oldestRequest, now - sent > self.timeout { client.timeOut(after: self.timeout) }
            }
            self.watchConnections()
        }
    }
}

/// What came out of a lane.
struct LaneOutcome: Sendable {
    var tally: Tally
    /// When its last client finished.
    var end: NIODeadline
}
