import NIOCore

/// Drives one client's session over one connection, and connects again when the connection breaks.
///
/// Belongs to its lane's event loop: everything in it is touched on that loop alone.
final class RESPClient: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case disconnected
        case connected(ChannelHandlerContext)
        case finished
    }

    /// How long a broken connection may stay broken, and how long to wait between attempts.
    private static let patience = TimeAmount.seconds(5)
    private static let retryInterval = TimeAmount.milliseconds(100)

    private unowned let lane: RESPLane
    /// Nil until the phase starts.
    private var session: ClientSession?
    private var state = State.disconnected
    private var parser = ReplyParser()
    private var output = ByteBuffer()
    private var timer: Scheduled<Void>?
    /// Since when nothing good has come from the server; nil while all is well.
    private var troubledSince: NIODeadline?

    init(lane: RESPLane) {
        self.lane = lane
    }

    /// When the oldest request under way was sent, or nil when none is.
    var oldestRequest: NIODeadline? { session?.oldestRequest }

    // MARK: Sending

    /// Begins the session, once every client is connected.
    func start(_ session: ClientSession) {
        self.session = session
        pump(at: .now())
    }

    /// Sends whatever the session has to send at this time, in one write.
    func pump(at now: NIODeadline) {
        guard case .connected(let context) = state else { return }
        output.clear()
        sending: while let step = session?.next(at: now) {
            switch step {
            case .send(let request):
                output.writeCommand(request, plan: lane.plan)
            case .awaitAnswer:
                break sending
            case .awaitTime(let time):
                wake(at: time)
                break sending
            case .finish:
                finish(at: now)
                return
            }
        }
        if output.readableBytes > 0 {
            context.writeAndFlush(wrapOutboundOut(output), promise: nil)
        }
    }

    private func wake(at time: NIODeadline) {
        guard timer == nil else { return }
        timer = lane.loop.assumeIsolated().scheduleTask(deadline: time) {
            self.timer = nil
            self.pump(at: .now())
        }
    }

    private func finish(at now: NIODeadline) {
        close()
        lane.clientFinished(at: now)
    }

    /// Ends the client, whatever it was doing.
    func close() {
        timer?.cancel()
        timer = nil
        let last = state
        state = .finished
        if case .connected(let context) = last { context.close(promise: nil) }
    }

    // MARK: Receiving

    func channelActive(context: ChannelHandlerContext) {
        guard case .disconnected = state else { return context.close(promise: nil) }
        state = .connected(context)
        // The first time this does nothing: the session begins when all clients are connected.
        pump(at: .now())
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .connected = state else { return }
        let now = NIODeadline.now()
        var bytes = unwrapInboundIn(data)
        parser.append(&bytes)
        do throws(LoadError) {
            while let reply = try parser.next() {
                guard oldestRequest != nil else {
                    throw LoadError("the server said, without being asked: \(reply)")
                }
                take(reply, at: now)
            }
        } catch {
            return lane.fail(error)
        }
        lane.publish()
        pump(at: now)
    }

    private func take(_ reply: Reply, at now: NIODeadline) {
        if case .error(let text) = reply {
            session?.complete(.failed(text), at: now, into: &lane.tally)
            return
        }
        troubledSince = nil
        switch reply {
        case .status: session?.complete(.stored, at: now, into: &lane.tally)
        case .null: session?.complete(.missing, at: now, into: &lane.tally)
        case .bulk(let value):
            value.withUnsafeReadableBytes { session?.complete(.found($0), at: now, into: &lane.tally) }
        case .integer, .error:
            session?.complete(.failed("the server answered \(reply)"), at: now, into: &lane.tally)
        }
    }

    // MARK: Losing and regaining the connection

    func channelInactive(context: ChannelHandlerContext) {
        connectionLost("the connection was closed by the server")
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connectionLost("the connection broke: \(LoadError.reason(of: error))")
        context.close(promise: nil)
    }

    /// Gives up on a server that owes an answer for too long.
    func timeOut(after limit: TimeAmount) {
        guard case .connected(let context) = state else { return }
        connectionLost("no answer within \(limit.nanoseconds / 1_000_000) ms")
        context.close(promise: nil)
    }

    private func connectionLost(_ text: String) {
        guard case .connected = state else { return }
        state = .disconnected
        let now = NIODeadline.now()
        session?.connectionLost(text, into: &lane.tally)
        lane.publish()
        parser = ReplyParser()
        if session?.isFinished == true { return finish(at: now) }
        troubledSince = troubledSince ?? now
        reconnect()
    }

    private func reconnect() {
        lane.loop.assumeIsolated().scheduleTask(in: RESPClient.retryInterval) {
            guard case .disconnected = self.state else { return }
            self.lane.connect(self).assumeIsolated().whenComplete { result in
                if case .finished = self.state { return }
                let now = NIODeadline.now()
                let isOutOfPatience = self.troubledSince.map { now - $0 >= RESPClient.patience } ?? false
                switch result {
                case .success where isOutOfPatience:
                    self.lane.fail(LoadError("\(self.lane.address) accepts connections, and closes them again"))
                case .success:
                    break
                case .failure(let error) where isOutOfPatience:
                    self.lane.fail(LoadError("lost \(self.lane.address): \(LoadError.reason(of: error))"))
                case .failure:
                    self.reconnect()
                }
            }
        }
    }
}
