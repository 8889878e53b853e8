import CLibPQ
import StrataCore

extension Connection {
    /// Starts to connect; the owner hears of the outcome.
    func open() {
        let timer = ReactorTimer(at: .now + settings.connectTimeout) { [weak self, settings] in
            self?.close(settings.error(.unavailable, "no connection within \(settings.connectTimeout)"))
        }
        connectTimer = timer
        reactor.schedule(timer)
        guard let hosts = settings.hosts else { return start(at: settings.places) }
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

    private func start(at addresses: [(name: String, value: String)]) {
        places = HostRotation(addresses)
        startAtFirst()
        guard phase == .connecting, places.count > 1 else { return }
        turnAfter(settings.connectTimeout / places.count)
    }

    /// Goes on with the next host when the first one is silent: libpq waits for it as long as it is let.
    private func turnAfter(_ share: Duration) {
        let timer = ReactorTimer(at: .now + share) { [weak self] in
            guard let self, phase == .connecting else { return }
            places.turn()
            startAtFirst()
            if phase == .connecting { turnAfter(share) }
        }
        turnTimer = timer
        reactor.schedule(timer)
    }

    /// Starts to connect, at addresses that replace the names in the settings; again, when it had started before.
    private func startAtFirst() {
        if token != 0 { reactor.unwatch(descriptor, token: token) }
        token = 0
        if let handle { PQfinish(handle) }
        handle = settings.withKeywords(replacing: places.keywords) { PQconnectStartParams($0, $1, 0) }
        guard let handle, PQstatus(handle) != CONNECTION_BAD else { return closeWithConnectionError() }
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        PQsetnonblocking(handle, 1)
        // Texts with SQLSTATEs: libpq has no other way to tell why a server refused a connection.
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        // The first poll of the protocol waits for the socket to become writable.
        watch([.write])
    }

    func pollConnect() {
        guard let handle else { return }
        let status = PQconnectPoll(handle)
        switch status {
        case PGRES_POLLING_READING: watch([.read])
        case PGRES_POLLING_WRITING: watch([.write])
        case PGRES_POLLING_OK: prepareSession()
        default:
            let text = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
            if settings.leavesOutOptions(after: text) { startAtFirst() } else { closeWithConnectionError() }
        }
    }

    /// Watches the present socket: with several hosts, libpq changes it while it connects.
    func watch(_ wanted: Readiness) {
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
        if let turnTimer { reactor.cancel(turnTimer) }
        turnTimer = nil
        guard PQenterPipelineMode(handle) == 1 else { return closeWithConnectionError() }
        watch([.read])
        let request = settings.setupRequest(process: PQbackendPID(handle)) { [unowned self] result in
            switch result {
            case .success(let facts):
                machine.prepares = facts.prepares
                wasReady = true
                startAgeing()
                becomeReady()
            case .failure(let error): close(error)
            }
        }
        send([request])
    }

    private func becomeReady() {
        if let connectTimer { reactor.cancel(connectTimer) }
        connectTimer = nil
        phase = .ready
        owner?.connectionIsReady(self)
    }

    // MARK: Age and idleness

    private func startAgeing() {
        guard let age = settings.maximumAge else { return }
        // Connections that were opened together do not all leave together.
        let timer = ReactorTimer(at: .now + age * Double.random(in: 0.8...1)) { [weak self] in
            guard let self else { return }
            leave(.age)
            owner?.connectionHasRoom(self)
        }
        ageTimer = timer
        reactor.schedule(timer)
    }

    /// Makes a round trip that shows whether the server is still there; the owner hears of the outcome as of a new one's.
    func validate() {
        phase = .preparing
        let timer = ReactorTimer(at: .now + settings.validationTimeout) { [weak self, settings] in
            self?.close(settings.error(.unavailable, "the server is silent after a pause"))
        }
        connectTimer = timer
        reactor.schedule(timer)
        let request = SessionRequest(sql: "") { [unowned self] result in
            switch result {
            case .success: becomeReady()
            case .failure(let error): close(error)
            }
        }
        send([request])
    }
}
