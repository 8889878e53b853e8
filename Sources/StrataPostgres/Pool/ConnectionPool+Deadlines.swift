import StrataCore

extension ConnectionPool {
    func startTimer(of request: Request) {
        // The request is held until its time ends or is forgotten, which every way of answering it sees to.
        request.keeper = self
        reactor.schedule(request)
    }

    /// Forgets the timer of a request that was answered.
    func forget(_ request: Request) {
        reactor.cancel(request)
        request.keeper = nil
    }

    /// Answers a caller whose time is over, and sees to a connection that does not answer.
    func expired(_ request: Request) {
        request.fail(
            StrataError(.timeout, "no answer within the time allowed", origin: settings.shard))
        guard let sentAt = request.sentAt else { return }
        let check = max(.now, sentAt + minimumSilence)
        let timer = ReactorTimer(at: check) { [weak self] in
            guard let self else { return }
            for connection in connections where connection.inFlight > 0 && connection.heardAt < sentAt {
                connection.close(
                    settings.error(.unavailable, "the server has been silent for \(minimumSilence) or more"))
            }
        }
        reactor.schedule(timer)
    }
}
