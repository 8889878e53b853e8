import StrataCore

/// Replies on a connection: requests are sent as soon as it takes them, and each has to get its own replies or an error.
enum Conversation {
    private struct Request: Equatable {
        var number: Int
        var commands: Int
    }

    /// How many requests callers have.
    private static let requests = 6

    /// Traps when replies reach a request in another order or number than it has commands, or are taken after an error.
    static func check(_ reading: Reading) {
        for database in [0, 3] {
            let url = RedisURL(address: .unix(path: "/redis"), password: database > 0 ? "x" : nil, database: database)
            check(reading, RedisConnectionStateMachine(handshake: RedisHandshake(url: url, clientName: "fuzz")))
        }
    }

    private static func check(_ reading: Reading, _ fresh: RedisConnectionStateMachine<Request>) {
        var machine = fresh
        let now = RedisInstant.now
        var sent: [Request] = []
        var (answered, repliesOfFirst) = (0, 0)
        var isClosed = false
        func send() {
            while machine.phase == .ready, sent.count < requests, sent.count - answered < 3 {
                let request = Request(number: sent.count, commands: 1 + sent.count % 3)
                machine.sent(request, commands: request.commands, at: now)
                sent.append(request)
            }
            if machine.phase == .ready, sent.count == requests { isClosed = machine.drain() }
        }
        _ = machine.connected()
        for reply in reading.replies {
            guard !isClosed else { break }
            switch machine.received(reply) {
            case .none: precondition(machine.phase == .handshaking, "a reply was dropped while \(machine.phase)")
            case .ready(let time):
                precondition(sent.isEmpty && time >= 0)
                send()
            case .deliver(let request, let delivered, let isLast, _, let thenClose):
                precondition(request == sent[answered] && delivered == reply, "another request's reply")
                repliesOfFirst += 1
                precondition(isLast == (repliesOfFirst == request.commands), "\(repliesOfFirst) of \(request)")
                if isLast { (answered, repliesOfFirst) = (answered + 1, 0) }
                isClosed = thenClose
                send()
            case .close: isClosed = true
            }
        }
        precondition(Array(machine.requests) == Array(sent[answered...]), "the requests under way are others")
        precondition(machine.closed() == Array(sent[answered...]), "a request is left without an answer")
        for reply in reading.replies {
            guard case .none = machine.received(reply) else { preconditionFailure("a reply after the end") }
        }
        precondition(machine.closed().isEmpty, "requests failed twice")
    }
}
