import CLibPQ
import StrataCore

/// What owns a connection and learns what happens to it, on the reactor's thread.
protocol ConnectionOwner: AnyObject {
    /// The connection can be used from now on.
    func connectionIsReady(_ connection: Connection)
    /// Requests were answered, so that there is room for more, or the connection is leaving.
    func connectionHasRoom(_ connection: Connection)
    /// The callers of one statement have run, and the result of the next one, which has come already, is about to be taken in.
    func connectionGoesOn(_ connection: Connection)
    /// Requests did nothing and have to be sent again, on any connection.
    func connection(_ connection: Connection, returns requests: [Request])
    /// The connection is gone, and `error` says why.
    func connectionIsClosed(_ connection: Connection, _ error: StrataError)
    /// Requests were under way when the connection closed, and may be sent again.
    func connection(_ connection: Connection, lost requests: [Request], _ error: StrataError)
}

/// One connection of libpq in non-blocking pipeline mode; every member is used on the reactor's thread only.
final class Connection: ReactorHandler, RequestKeeper, @unchecked Sendable {
    enum Phase {
        case connecting
        /// Connected; the settings of the session are under way, or what shows after a pause that the server is there.
        case preparing
        case ready
        case closed
    }

    let settings: ConnectionSettings
    let reactor: PostgresReactor
    weak var owner: (any ConnectionOwner)?

    var phase = Phase.connecting
    /// Whether it ever reached the phase `ready`.
    var wasReady = false
    /// When the server was last heard of.
    private(set) var heardAt = ContinuousClock.now
    /// Since when the server has been at the statement that it has to answer next.
    private var turnAt = ContinuousClock.now
    /// How long the server took for the last read that callers can share; for ever before the first one.
    private var readTime = Duration.seconds(Int64.max)
    var handle: OpaquePointer?
    var machine = PipelineStateMachine()
    var requests: [UInt64: Request] = [:]
    private var nextIdentifier: UInt64 = 0
    var token: UInt64 = 0
    var descriptor: Int32 = -1
    var interest: Readiness = []
    var connectTimer: ReactorTimer?
    var ageTimer: ReactorTimer?
    /// Where it connects, while it does.
    var places = HostRotation([])
    var turnTimer: ReactorTimer?
    /// Why no more requests are to be sent on it; nil while they are.
    private(set) var leaveReason: LeaveReason?
    /// Whether it was closed in order, after its last answer.
    private(set) var isRetired = false

    init(_ settings: ConnectionSettings, reactor: PostgresReactor, owner: any ConnectionOwner) {
        self.settings = settings
        self.reactor = reactor
        self.owner = owner
    }

    /// What it carries, and how fast its reads have been answered.
    func place(at now: ContinuousClock.Instant) -> StatementPlacement.Place {
        var place = StatementPlacement.Place(
            load: inFlight, reads: 0, writes: 0,
            isPrompt: readTime < Connection.promptTime && (inFlight == 0 || turnAt + Connection.promptTime > now))
        for request in requests.values where request.isMergeable {
            if request.isRepeatable { place.reads += 1 } else { place.writes += 1 }
        }
        return place
    }

    /// A read that takes longer is not prompt.
    private static let promptTime = Duration.milliseconds(2)

    /// How many statements are on their way.
    var inFlight: Int { machine.inFlight }

    /// Whether requests can be sent on it.
    var isUsable: Bool { phase == .ready && leaveReason == nil }

    /// Whether it has been idle for so long that it has to be validated before it is used.
    func isStale(at now: ContinuousClock.Instant) -> Bool { inFlight == 0 && heardAt + settings.idleLimit < now }

    /// Whether the session is outside of any transaction.
    var isIdle: Bool { handle.map { PQtransactionStatus($0) == PQTRANS_IDLE } ?? false }

    // MARK: Sending

    /// Sends requests: all that may be repeated in one segment, each other in its own.
    func send(_ batch: [Request]) {
        guard let handle, phase != .closed else { return }
        let now = ContinuousClock.now
        if inFlight == 0 { turnAt = now }
        let tickets = batch.map { request in
            nextIdentifier += 1
            requests[nextIdentifier] = request
            request.connection = self
            request.attempts += 1
            request.visit { $0.sentAt = now }
            return PipelineStateMachine.Ticket(
                identifier: nextIdentifier, statement: request.statement?.rawValue, isRepeatable: request.isRepeatable,
                isAlone: request.attempts > 2, mayMove: request.statement != nil && request.attempts <= 2)
        }
        for command in machine.send(tickets) {
            guard perform(command, on: handle) else { return closeWithConnectionError() }
        }
        flush()
    }

    private func perform(_ command: PipelineStateMachine.Command, on handle: OpaquePointer) -> Bool {
        switch command {
        case .sync: return PQpipelineSync(handle) == 1
        case .prepare(let number):
            guard let statement = StoreStatement(rawValue: number) else { preconditionFailure("statement \(number)") }
            return statement.types.withUnsafeBufferPointer {
                PQsendPrepare(handle, statement.name, statement.sql, Int32($0.count), $0.baseAddress)
            } == 1
        case .execute(let identifier, let isPrepared):
            guard let request = requests[identifier] else { preconditionFailure("request \(identifier)") }
            let list = request.parameters()
            return list.withPointers { values, lengths, formats in
                if isPrepared, let statement = request.statement {
                    return PQsendQueryPrepared(
                        handle, statement.name, Int32(list.count), values, lengths, formats, 1)
                }
                return list.types.withUnsafeBufferPointer {
                    PQsendQueryParams(
                        handle, request.text, Int32(list.count), $0.baseAddress, values, lengths, formats, 1)
                }
            } == 1
        }
    }

    private func flush() {
        guard let handle else { return }
        switch PQflush(handle) {
        case 0: watch([.read])
        case 1: watch([.read, .write])
        default: closeWithConnectionError()
        }
    }

    // MARK: Receiving

    func ready(_ readiness: Readiness) {
        guard phase != .closed else { return }
        if phase == .connecting { return pollConnect() }
        if readiness.contains(.write) { flush() }
        guard readiness.contains(.read), phase != .closed, let handle else { return }
        heardAt = .now
        let isAlive = PQconsumeInput(handle) == 1
        drain(completely: !isAlive)
        if !isAlive, phase != .closed { closeWithConnectionError() }
    }

    /// Takes in what was received.
    ///
    /// The callers of one statement run, and what they ask for next is sent, before the next statement's result is taken
    /// in: so the server has something to do meanwhile. Results that came together would else be answered together ever
    /// after, with the server waiting for the callers and they for it.
    private func drain(completely: Bool) {
        var answered = false
        while phase != .closed, let handle, machine.awaitsResults, PQisBusy(handle) == 0 {
            if answered, !completely, reactor.call({ self.goOn() }) { break }
            let pointer = PQgetResult(handle)
            defer { if let pointer { PQclear(pointer) } }
            // Of a broken connection, libpq answers NULL for ever.
            if pointer == nil, PQstatus(handle) == CONNECTION_BAD { return closeWithConnectionError() }
            let action = machine.receive(event(of: pointer))
            answered = take(action, result: pointer.map(ServerResult.init)) || answered
        }
        guard answered, phase == .ready else { return }
        owner?.connectionHasRoom(self)
    }

    private func goOn() {
        owner?.connectionGoesOn(self)
        drain(completely: false)
    }

    private func event(of pointer: OpaquePointer?) -> PipelineStateMachine.Event {
        guard let pointer else { return .end }
        switch PQresultStatus(pointer) {
        case PGRES_PIPELINE_SYNC: return .sync
        case PGRES_PIPELINE_ABORTED: return .aborted
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return .success
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH: return .failure(sqlState: SQLState.featureNotSupported)
        default: return .failure(sqlState: ServerResult(pointer: pointer).sqlState)
        }
    }

    /// Does what the state machine decided.
    ///
    /// - Returns: whether requests left the connection.
    private func take(_ action: PipelineStateMachine.Action, result: ServerResult?) -> Bool {
        switch action {
        case .none: return false
        case .keep(let identifier):
            if let result { requests[identifier]?.keep(result) }
            return false
        case .fail(let identifiers):
            let error = result.map(settings.error(of:)) ?? settings.error(.server, "the statement failed")
            for identifier in identifiers {
                guard let request = requests[identifier] else { continue }
                if error.mayBeOneRows, !request.passengers.isEmpty {
                    // The transaction is undone: each of its callers gets a statement of its own.
                    for one in request.everyone { one.travelsAlone = true }
                } else {
                    request.keep(error)
                }
            }
            return false
        case .complete(let done, let again):
            // Before anything is sent again, so that it is not sent here.
            if let reason = machine.takeLeaveReason() { leave(reason) }
            var returned: [Request] = []
            for identifier in done {
                guard let request = requests.removeValue(forKey: identifier) else { continue }
                if request.isMergeable, request.isRepeatable { readTime = turnAt.duration(to: heardAt) }
                request.connection = nil
                if request.travelsAlone, !request.passengers.isEmpty {
                    returned.append(request)
                    continue
                }
                settle(request) { $0.complete() }
            }
            turnAt = heardAt
            returned += again.compactMap { requests.removeValue(forKey: $0) }
            for request in returned { request.connection = nil }
            if !returned.isEmpty { owner?.connection(self, returns: returned) }
            return true
        case .close(let reason):
            close(settings.error(.unavailable, "the connection is out of step: \(reason)"))
            return false
        }
    }

    /// Answers a request and its passengers, and forgets their timers.
    private func settle(_ request: Request, _ answer: (Request) -> Void) {
        request.visit { one in
            answer(one)
            reactor.cancel(one)
            one.keeper = nil
        }
        request.unload()
    }

    /// A session's caller sees to the connection itself when its time is over.
    func expired(_ request: Request) {
        request.fail(StrataError(.timeout, "no answer within the time allowed", origin: settings.shard))
    }

    // MARK: Closing

    /// Takes in that no more requests are to be sent; the owner retires the connection when it is not in use.
    func leave(_ reason: LeaveReason) { leaveReason = leaveReason ?? reason }

    /// Closes the connection in order, which nothing may be under way on.
    func retire() {
        isRetired = true
        close(settings.error(.unavailable, leaveReason?.rawValue ?? "the connection is not needed any more"))
    }

    func closeWithConnectionError() {
        let text = handle.flatMap { PQerrorMessage($0) }.map { String(cString: $0) } ?? "out of memory"
        close(settings.connectionError(text))
    }

    /// Closes the connection: what may be repeated goes back to the owner, every other request fails.
    func close(_ error: StrataError) {
        guard phase != .closed else { return }
        phase = .closed
        for timer in [connectTimer, ageTimer, turnTimer].compactMap({ $0 }) { reactor.cancel(timer) }
        if token != 0 { reactor.unwatch(descriptor, token: token) }
        token = 0
        if let handle { PQfinish(handle) }
        handle = nil
        var returned: [Request] = []
        for orphan in machine.close() {
            switch orphan {
            case .again(let identifier):
                if let request = requests.removeValue(forKey: identifier) { returned.append(request) }
            case .lost(let identifier):
                guard let request = requests.removeValue(forKey: identifier) else { continue }
                request.connection = nil
                let loss = StrataError(
                    .unavailable, "\(error.message); the statement may or may not have taken effect",
                    origin: error.origin, sqlState: error.sqlState)
                settle(request) { $0.fail(loss) }
            }
        }
        for request in returned { request.connection = nil }
        let owner = owner
        owner?.connectionIsClosed(self, error)
        if !returned.isEmpty { owner?.connection(self, lost: returned, error) }
    }
}
