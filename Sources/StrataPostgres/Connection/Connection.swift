import CLibPQ
import StrataCore

/// What owns a connection and learns what happens to it, on the reactor's thread.
protocol ConnectionOwner: AnyObject {
    /// The connection can be used from now on.
    func connectionIsReady(_ connection: Connection)
    /// Requests were answered: there is room for more.
    func connectionHasRoom(_ connection: Connection)
    /// Requests did nothing and have to be sent again, on any connection.
    func connection(_ connection: Connection, returns requests: [Request])
    /// The connection is gone, and `error` says why.
    func connectionIsClosed(_ connection: Connection, _ error: StrataError)
    /// Requests were under way when the connection closed, and may be sent again.
    func connection(_ connection: Connection, lost requests: [Request], _ error: StrataError)
}

/// One connection of libpq in non-blocking pipeline mode; every member is used on the reactor's thread only.
final class Connection: ReactorHandler, @unchecked Sendable {
    enum Phase {
        case connecting
        /// Connected; the settings of the session are under way.
        case preparing
        case ready
        case closed
    }

    let settings: ConnectionSettings
    let reactor: PostgresReactor
    weak var owner: (any ConnectionOwner)?

    private(set) var phase = Phase.connecting
    /// Whether it ever reached the phase `ready`.
    private(set) var wasReady = false
    /// When the server was last heard of.
    private(set) var heardAt = ContinuousClock.now
    var handle: OpaquePointer?
    var machine = PipelineStateMachine()
    var requests: [UInt64: Request] = [:]
    private var nextIdentifier: UInt64 = 0
    private var token: UInt64 = 0
    private var descriptor: Int32 = -1
    private var interest: Readiness = []
    private var connectTimer: ReactorTimer?

    init(_ settings: ConnectionSettings, reactor: PostgresReactor, owner: any ConnectionOwner) {
        self.settings = settings
        self.reactor = reactor
        self.owner = owner
    }

    /// Whether one of the statements on their way is of a kind that callers can share.
    var sharesStatement: Bool { requests.values.contains { $0.isMergeable } }

    /// How many statements are on their way.
    var inFlight: Int { machine.inFlight }

    /// Whether the session is outside of any transaction.
    var isIdle: Bool { handle.map { PQtransactionStatus($0) == PQTRANS_IDLE } ?? false }

    // MARK: Connecting

    /// Starts to connect; the owner hears of the outcome.
    func open() {
        let timer = ReactorTimer(at: .now + settings.connectTimeout) { [weak self, settings] in
            self?.close(settings.error(.unavailable, "no connection within \(settings.connectTimeout)"))
        }
        connectTimer = timer
        reactor.schedule(timer)
        guard let hosts = settings.hosts else { return start(at: []) }
        // On a thread of its own, which ends with the look-up.
        let lookUp = ReactorThread.start { [weak self, reactor] in
            let result = Result { () throws(StrataError) in try hosts.resolved() }
            reactor.call { [weak self] in self?.start(at: result) }
        }
        lookUp.detach()
    }

    private func start(at result: Result<[(name: String, value: String)], StrataError>) {
        guard phase == .connecting else { return }
        switch result {
        case .success(let addresses): start(at: addresses)
        case .failure(let error): close(settings.error(error.code, error.message))
        }
    }

    /// Starts to connect, at addresses that replace the names in the settings.
    private func start(at addresses: [(name: String, value: String)]) {
        handle = settings.withKeywords(replacing: addresses) { PQconnectStartParams($0, $1, 0) }
        guard let handle, PQstatus(handle) != CONNECTION_BAD else { return closeWithConnectionError() }
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        PQsetnonblocking(handle, 1)
        // The first poll of the protocol waits for the socket to become writable.
        watch([.write])
    }

    private func pollConnect() {
        guard let handle else { return }
        let status = PQconnectPoll(handle)
        switch status {
        case PGRES_POLLING_READING: watch([.read])
        case PGRES_POLLING_WRITING: watch([.write])
        case PGRES_POLLING_OK: prepareSession()
        default: closeWithConnectionError()
        }
    }

    /// Watches the present socket: with several hosts, libpq changes it while it connects.
    private func watch(_ wanted: Readiness) {
        guard let handle else { return }
        let current = PQsocket(handle)
        if current != descriptor || token == 0 || phase == .connecting {
            if token != 0 { reactor.unwatch(descriptor, token: token) }
            descriptor = current
            token = reactor.watch(current, wanted, handler: self)
        } else if interest != wanted {
            reactor.update(descriptor, wanted, token: token)
        }
        interest = wanted
    }

    private func prepareSession() {
        phase = .preparing
        guard PQenterPipelineMode(handle) == 1 else { return closeWithConnectionError() }
        watch([.read])
        let request = settings.setupRequest { [unowned self] result in
            switch result {
            case .success:
                if let connectTimer { reactor.cancel(connectTimer) }
                phase = .ready
                wasReady = true
                owner?.connectionIsReady(self)
            case .failure(let error): close(error)
            }
        }
        send([request])
    }

    // MARK: Sending

    /// Sends requests: all that may be repeated in one segment, each other in its own.
    func send(_ batch: [Request]) {
        guard let handle, phase != .closed else { return }
        let now = ContinuousClock.now
        let tickets = batch.map { request in
            nextIdentifier += 1
            requests[nextIdentifier] = request
            request.connection = self
            request.attempts += 1
            for one in request.everyone { one.sentAt = now }
            return PipelineStateMachine.Ticket(
                identifier: nextIdentifier, statement: request.statement?.rawValue, isRepeatable: request.isRepeatable,
                isAlone: request.attempts > 2)
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
        drain()
        if !isAlive, phase != .closed { closeWithConnectionError() }
    }

    private func drain() {
        var answered = false
        while phase != .closed, let handle, machine.awaitsResults, PQisBusy(handle) == 0 {
            let pointer = PQgetResult(handle)
            defer { if let pointer { PQclear(pointer) } }
            // Of a broken connection, libpq answers NULL for ever.
            if pointer == nil, PQstatus(handle) == CONNECTION_BAD { return closeWithConnectionError() }
            let action = machine.receive(event(of: pointer))
            answered = take(action, result: pointer.map(ServerResult.init)) || answered
        }
        guard answered, phase == .ready else { return }
        if let reason = machine.takeEvictionReason() { return close(settings.error(.unavailable, reason)) }
        owner?.connectionHasRoom(self)
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
            var returned: [Request] = []
            for identifier in done {
                guard let request = requests.removeValue(forKey: identifier) else { continue }
                request.connection = nil
                if request.travelsAlone, !request.passengers.isEmpty {
                    returned.append(request)
                    continue
                }
                for one in request.everyone { one.complete() }
                settle(request)
            }
            returned += again.compactMap { requests.removeValue(forKey: $0) }
            for request in returned { request.connection = nil }
            if !returned.isEmpty { owner?.connection(self, returns: returned) }
            return true
        case .close(let reason):
            close(settings.error(.unavailable, "the connection is out of step: \(reason)"))
            return false
        }
    }

    /// Forgets the timers of a request that was answered.
    private func settle(_ request: Request) {
        for one in request.everyone {
            if let timer = one.timer { reactor.cancel(timer) }
            one.timer = nil
        }
        request.unload()
    }

    // MARK: Closing

    private func closeWithConnectionError() {
        let text = handle.flatMap { PQerrorMessage($0) }.map { String(cString: $0) } ?? "out of memory"
        let isRefused = text.contains("authentication failed") || text.contains("no password supplied")
        close(settings.error(isRefused ? .authentication : .unavailable, text))
    }

    /// Closes the connection: what may be repeated goes back to the owner, every other request fails.
    func close(_ error: StrataError) {
        guard phase != .closed else { return }
        phase = .closed
        if let connectTimer { reactor.cancel(connectTimer) }
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
                for one in request.everyone { one.fail(loss) }
                settle(request)
            }
        }
        for request in returned { request.connection = nil }
        let owner = owner
        owner?.connectionIsClosed(self, error)
        if !returned.isEmpty { owner?.connection(self, lost: returned, error) }
    }
}
