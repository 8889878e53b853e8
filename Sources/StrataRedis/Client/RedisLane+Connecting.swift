import CoreMetrics
import NIOCore
import NIOPosix
import StrataCore
import StrataResilience

extension RedisLane {
    /// How often the server's clock is asked for, which also finds out that an idle connection is dead.
    private static let clockInterval = TimeAmount.seconds(10)

    /// Connects every slot, at the first call. On the event loop.
    func start() {
        guard !isClosing, state.start() else { return }
        for slot in connections.indices { connect(slot) }
        clockRefresh = eventLoop.scheduleRepeatedTask(
            initialDelay: RedisLane.clockInterval, delay: RedisLane.clockInterval
        ) { _ in self.askForTime() }
        loadDisplay = eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: RedisLane.loadInterval) { _ in
            self.showLoad()
        }
    }

    private func connect(_ slot: Int) {
        retries[slot] = nil
        metrics.connects.increment()
        let connection = RedisConnection(slot: slot, lane: self, configuration: configuration)
        connections[slot] = connection
        let url = configuration.url
        if let error = configuration.insecurity(of: url) { return connection.ended(error) }
        let timeout = TimeAmount(configuration.connectTimeout)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(timeout)
            .channelInitializer { [configuration] channel in
                channel.eventLoop.makeCompletedFuture {
                    try configuration.secure(channel, to: url)
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
        let connected: EventLoopFuture<any Channel>
        switch url.address {
        case .tcp(let host, let port):
            connected =
                bootstrap
                .channelOption(.socketOption(.tcp_nodelay), value: 1)
                .channelOption(.socketOption(.so_keepalive), value: 1)
                .connect(host: host, port: port)
        case .unix(let path):
            connected = bootstrap.connect(unixDomainSocketPath: path)
        }
        connected.whenFailure { error in
            connection.ended(StrataError(.unavailable, "Redis can't be reached: \(RedisLane.describe(error))"))
        }
        // Not weakly: an object that was ever referred to so counts its references elsewhere, which takes longer each time.
        eventLoop.scheduleTask(in: timeout) { [timeout = configuration.connectTimeout] in
            guard !connection.wasReady else { return }
            connection.end(
                StrataError(
                    .unavailable,
                    "Redis did not let the client log in within \(timeout)"
                        + (url.isSecure ? "; does it speak TLS on this port?" : "")))
        }
    }

    func connectionBecameReady(_ connection: RedisConnection, time: Int64, sent: ContinuousClock.Instant) {
        clock.update(time, sent: sent)
        state.becameReady(slot: connection.slot)
        reachability.connectionOpened()
        guard !isClosing else { return connection.drain() }
        sendWaiting()
    }

    func connectionEnded(_ connection: RedisConnection, reason: StrataError) {
        let slot = connection.slot
        precondition(connections[slot] === connection, "slot \(slot) has another connection")
        connections[slot] = nil
        // One that breaks at once does not count as a success: a server that accepts and closes would be hammered.
        if connection.life >= configuration.backoff.last { backoffs[slot].reset() }
        if connection.wasReady {
            reachability.connectionClosed()
        } else if !isClosing {
            reachability.connectionFailed(reason)
        }
        var unreachable = reason
        // Whatever ended the connection, to those who come next the server is not there.
        if reason.code == .timeout { unreachable.code = .unavailable }
        for request in state.lost(slot: slot, unreachable) { fail(request, unreachable) }
        guard !isClosing else { return finishClosing() }
        metrics.losses.increment(reason.code)
        metrics.reconnects.increment()
        retries[slot] = eventLoop.scheduleTask(in: TimeAmount(backoffs[slot].next())) { self.reconnect(slot) }
    }

    /// Connects a slot whose delay is over, as soon as the rate of all connections together allows it.
    private func reconnect(_ slot: Int) {
        guard let wait = configuration.connectRate?.reserve(), wait > .zero else { return connect(slot) }
        metrics.delayedReconnects.increment()
        retries[slot] = eventLoop.scheduleTask(in: TimeAmount(wait)) { self.connect(slot) }
    }

    /// Closes every connection after the replies that are due, and fails what waits.
    func close(_ promise: EventLoopPromise<Void>) {
        closePromises.append(promise)
        if !isClosing {
            isClosing = true
            clockRefresh?.cancel()
            loadDisplay?.cancel()
            for retry in retries { retry?.cancel() }
            for request in state.close() { fail(request, .clientShutdown) }
            for connection in connections { connection?.drain() }
        }
        finishClosing()
    }

    private func finishClosing() {
        guard connections.allSatisfy({ $0 == nil }) else { return }
        sweep?.cancel()
        (sweepTime, sweep) = (nil, nil)
        metrics.load.show(RedisLoad(), of: self)
        for promise in closePromises { promise.succeed() }
        closePromises = []
    }

    private func askForTime() {
        for connection in connections {
            guard let connection, connection.wasReady else { continue }
            let sent = ContinuousClock.now
            // Its caller is the lane, which needs no deadline: the connection ends when the reply is overdue.
            let request = RedisRequest(RedisCommand(words: "TIME"), deadline: sent + .seconds(3600))
            request.attach { [clock] request in
                if let time = (try? request.takeReply())?.timeMilliseconds { clock.update(time, sent: sent) }
            }
            send(request, on: connection.slot, at: RedisInstant(sent))
        }
        flush()
    }

    private static func describe(_ error: any Error) -> String {
        guard let error = error as? NIOConnectionError else { return "\(error)" }
        if let reason = error.dnsAError ?? error.dnsAAAAError, error.connectionErrors.isEmpty {
            return "its name can't be resolved (\(reason))"
        }
        return error.connectionErrors.first.map { "\($0.error)" } ?? "no address"
    }
}
