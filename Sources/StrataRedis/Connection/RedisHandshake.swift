import StrataCore

/// What a new connection says before it takes requests: who it is, which database it wants, and what time it is there.
///
/// A struct without I/O: all commands go out at once, the replies are fed in order.
struct RedisHandshake {
    /// How it stands after a reply.
    enum Progress: Equatable {
        case goingOn
        /// The server is ready; its clock, in milliseconds since 1970.
        case finished(time: Int64)
        case failed(StrataError)
    }

    private enum Step: Equatable { case authenticate, select, name, time }

    /// The commands to send.
    let commands: [RedisCommand]
    private let steps: [Step]
    private let database: Int
    /// How errors name the user that the connection logs in as.
    private let user: String
    private var next = 0

    init(url: RedisURL, clientName: String) {
        var steps: [Step] = []
        var commands: [RedisCommand] = []
        if let login = RedisCommand(loginOf: url) {
            commands.append(login)
            steps.append(.authenticate)
        }
        if url.database != 0 {
            commands.append(RedisCommand(words: "SELECT", "\(url.database)"))
            steps.append(.select)
        }
        commands.append(RedisCommand(words: "CLIENT", "SETNAME", clientName))
        commands.append(RedisCommand(words: "TIME"))
        self.commands = commands
        self.steps = steps + [.name, .time]
        self.database = url.database
        user = url.user.map { "the user \"\($0)\"" } ?? "the default user"
    }

    /// Takes in the next reply.
    mutating func received(_ reply: RedisReply) -> Progress {
        precondition(next < steps.count, "a finished handshake gets no reply")
        let step = steps[next]
        next += 1
        switch (step, reply) {
        case (.name, .error(let text)) where text.hasPrefix("ERR") || text.hasPrefix("NOPERM"):
            // A server without CLIENT SETNAME serves as well, and so does one that does not let this user say it.
            return .goingOn
        case (.select, .error(let text)) where text.hasPrefix("NOPERM"):
            return .failed(missingRight("SELECT"))
        case (.time, .error(let text)) where text.hasPrefix("NOPERM"):
            return .failed(missingRight("TIME"))
        case (.authenticate, .error(let text)) where !text.hasPrefix("LOADING"):
            // Redis' text is left out: it is not ours, and this is the one command that carries a password.
            return .failed(
                StrataError(
                    .authentication, "Redis refused \(user) or the password; correct them in the Redis URL"))
        case (.select, .error(let text)) where text.hasPrefix("ERR"):
            return .failed(StrataError(.configuration, "Redis has no database \(database) (\(text))"))
        case (_, .error(let text)):
            return .failed(StrataError(redisError: text))
        case (.time, _):
            guard let time = reply.timeMilliseconds else { return .failed(.unexpected(reply, to: "TIME")) }
            return .finished(time: time)
        default:
            return .goingOn
        }
    }

    private func missingRight(_ command: String) -> StrataError {
        StrataError(
            .authentication,
            "\(user) may not run \(command), which every connection does; give it +\(command.lowercased())")
    }
}
