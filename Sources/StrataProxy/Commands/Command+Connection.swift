extension Command {
    private static let always: CommandFlags = [.fast, .noAuthentication, .stale, .loading]

    /// Commands that concern the connection itself.
    static let connection: [Command] = [
        Command(
            "ping", arity: -1, flags: [.fast], group: "connection", since: "1.0.0", "Ping the server"
        ) { request, reply throws(CommandError) in
            switch request.arguments.count {
            case 1: reply.status("PONG")
            case 2: reply.bulk(request.arguments[1])
            default: throw .arity("ping")
            }
            return .answered
        },
        Command(
            "echo", arity: 2, flags: [.fast], group: "connection", since: "1.0.0", "Echo the given string"
        ) { request, reply in
            reply.bulk(request.arguments[1])
            return .answered
        },
        Command(
            "quit", arity: -1, flags: always.union(.alone), group: "connection", since: "1.0.0",
            "Close the connection"
        ) { _, reply in
            reply.ok()
            return .answeredLast
        },
        Command(
            "select", arity: 2, flags: [.fast, .stale, .loading], group: "connection", since: "1.0.0",
            "Change the selected database for the current connection"
        ) { request, reply throws(CommandError) in
            guard try request.integer(1) == 0 else { throw CommandError("ERR DB index is out of range") }
            reply.ok()
            return .answered
        },
        Command(
            "auth", arity: -2, flags: always.union(.alone), group: "connection", since: "1.0.0",
            "Authenticate to the server"
        ) { request, reply throws(CommandError) in
            guard request.arguments.count <= 3 else { throw .syntax }
            if request.arguments.count == 2 {
                try request.logIn(name: nil, password: 1)
            } else {
                try request.logIn(name: 1, password: 2)
            }
            reply.ok()
            return .answered
        },
        Command(
            "hello", arity: -1, flags: always.union(.alone), group: "connection", since: "6.0.0",
            "Handshake with Redis", run: hello),
        Command(
            "reset", arity: 1, flags: always.union(.alone), group: "connection", since: "6.2.0",
            "Reset the connection"
        ) { request, reply in
            request.session.version = .resp2
            request.session.name = ""
            request.session.user = nil
            request.session.isAuthenticated = !request.server.credentials.isRequired
            request.server.clients.update(request.session.record)
            reply.version = .resp2
            reply.status("RESET")
            return .answered
        },
        Command(
            "client", arity: -2, flags: [.admin, .stale, .loading], group: "connection", since: "2.4.0",
            "A container for client connection commands", run: ClientCommand.run),
    ]

    private static let hello: Handler = { request, reply throws(CommandError) in
        let arguments = request.arguments
        var version = request.session.version
        var index = 1
        if arguments.count > 1 {
            guard let number = DecimalDigits.parse(arguments[1]) else {
                throw CommandError("ERR Protocol version is not an integer or out of range")
            }
            guard let wanted = ProtocolVersion(rawValue: Int(number)) else {
                throw CommandError("NOPROTO unsupported protocol version")
            }
            (version, index) = (wanted, 2)
        }
        var credentials: Int?
        var name: Int?
        while index < arguments.count {
            let following = arguments.count - index - 1
            if arguments.isWord(index, "auth"), following >= 2 {
                (credentials, index) = (index + 1, index + 3)
            } else if arguments.isWord(index, "setname"), following >= 1 {
                (name, index) = (index + 1, index + 2)
            } else {
                throw CommandError("ERR Syntax error in HELLO option '\(arguments.text(index).prefix(128))'")
            }
        }
        if let credentials { try request.logIn(name: credentials, password: credentials + 1) }
        guard request.session.isAuthenticated else {
            throw CommandError(
                "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH"
                    + " <user> <pass> option can be used to authenticate the client and select the RESP protocol version"
                    + " at the same time")
        }
        if let name { request.session.name = try ClientCommand.name(arguments, name) }
        request.session.version = version
        request.server.clients.update(request.session.record)
        reply.version = version
        reply.map(7)
        for (field, value) in [("server", "redis"), ("version", InfoReport.redisVersion)] {
            reply.bulk(field)
            reply.bulk(value)
        }
        reply.bulk("proto")
        reply.integer(version.rawValue)
        reply.bulk("id")
        reply.integer(Int64(request.session.id))
        for (field, value) in [("mode", "standalone"), ("role", "master")] {
            reply.bulk(field)
            reply.bulk(value)
        }
        reply.bulk("modules")
        reply.array(0)
        return .answered
    }
}

extension Request {
    /// Makes the client the user whose name and password stand at these positions.
    func logIn(name: Int?, password: Int) throws(CommandError) {
        guard server.credentials.isRequired else {
            if let name {
                // A user "default" that needs no password takes any.
                guard arguments.text(name) == "default" else { throw .wrongPassword }
                return
            }
            throw CommandError(
                "ERR AUTH <password> called without any password configured for the default user. Are you sure your"
                    + " configuration is correct?")
        }
        let secret = arguments[password]
        let user =
            if let name {
                server.credentials.user(named: arguments[name], password: secret)
            } else {
                Array("default".utf8).withUnsafeBytes { server.credentials.user(named: $0, password: secret) }
            }
        guard let user else { throw .wrongPassword }
        session.authenticate(as: user)
        server.clients.update(session.record)
    }
}
