import StrataCore

extension ConnectionPool {
    func startTimer(of request: Request) {
        // The request is held until its timer ends or is forgotten, which every way of answering it sees to.
        let timer = ReactorTimer(at: request.deadline) { [weak self, request] in self?.expired(request) }
        request.timer = timer
        reactor.schedule(timer)
    }

    /// Forgets the timer of a request that was answered.
    func forget(_ request: Request) {
        if let timer = request.timer { reactor.cancel(timer) }
        request.timer = nil
    }

    /// Answers a caller whose time is over, and sees to a connection that does not answer.
    private func expired(_ request: Request) {
        request.timer = nil
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
