/// The subcommands of CLIENT.
enum ClientCommand {
    private struct Subcommand: Sendable {
        let name: StaticString
        /// How many arguments, CLIENT and the subcommand included.
        let arity: Int
        let run: Command.Handler
    }

    private static let subcommands: [Subcommand] = [
        Subcommand(name: "id", arity: 2) { request, reply in
            reply.integer(Int64(request.session.id))
            return .answered
        },
        Subcommand(name: "getname", arity: 2) { request, reply in
            request.session.name.isEmpty ? reply.null() : reply.bulk(request.session.name)
            return .answered
        },
        Subcommand(name: "setname", arity: 3) { request, reply throws(CommandError) in
            request.session.name = try name(request.arguments, 2)
            request.server.clients.update(request.session.record)
            reply.ok()
            return .answered
        },
        Subcommand(name: "setinfo", arity: 4) { request, reply throws(CommandError) in
            let value = try name(request.arguments, 3, what: "lib-name and lib-ver")
            if request.arguments.isWord(2, "lib-name") {
                request.session.libraryName = value
            } else if request.arguments.isWord(2, "lib-ver") {
                request.session.libraryVersion = value
            } else {
                throw CommandError("ERR Unrecognized option '\(request.arguments.text(2).prefix(128))'")
            }
            request.server.clients.update(request.session.record)
            reply.ok()
            return .answered
        },
        Subcommand(name: "info", arity: 2) { request, reply in
            reply.verbatim(request.session.record.line(now: .now) + "\n")
            return .answered
        },
        Subcommand(name: "list", arity: -2, run: list),
        Subcommand(name: "no-evict", arity: 3) { request, reply throws(CommandError) in
            guard request.arguments.isWord(2, "on") || request.arguments.isWord(2, "off") else { throw .syntax }
            reply.ok()
            return .answered
        },
        Subcommand(name: "help", arity: 2) { _, reply in
            let lines = [
                "CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:", "GETNAME",
                "    Return the name of the current connection.", "ID",
                "    Return the ID of the current connection.", "INFO",
                "    Return information about the current client connection.", "LIST [TYPE NORMAL] [ID <id> ...]",
                "    Return information about client connections.", "NO-EVICT (ON|OFF)",
                "    Accepted; connections are never evicted.", "SETINFO (LIB-NAME|LIB-VER) <value>",
                "    Tell the client library's name or version.", "SETNAME <name>",
                "    Assign the name <name> to the current connection.", "HELP", "    Print this help.",
            ]
            reply.array(lines.count)
            for line in lines { reply.simple(line) }
            return .answered
        },
    ]

    static let run: Command.Handler = { request, reply throws(CommandError) in
        guard let subcommand = subcommands.first(where: { request.arguments.isWord(1, $0.name) }) else {
            throw .unknownSubcommand(request.arguments.text(1), of: "client")
        }
        let count = request.arguments.count
        guard subcommand.arity < 0 ? count >= -subcommand.arity : count == subcommand.arity else {
            throw .arity("client|\(subcommand.name)")
        }
        return try subcommand.run(request, &reply)
    }

    /// A name of a connection: printable ASCII without spaces, so that it fits a line of CLIENT LIST.
    static func name(
        _ arguments: Arguments, _ index: Int, what: String = "Client names"
    ) throws(CommandError) -> String {
        guard arguments[index].allSatisfy({ (0x21...0x7E).contains($0) }), arguments[index].count <= 256 else {
            throw CommandError("ERR \(what) cannot contain spaces, newlines or special characters.")
        }
        return arguments.text(index)
    }

    private static let list: Command.Handler = { request, reply throws(CommandError) in
        let arguments = request.arguments
        var records = request.server.clients.records
        if arguments.count == 4, arguments.isWord(2, "type") {
            guard ["normal", "master", "replica", "slave", "pubsub"].contains(arguments.text(3).lowercased()) else {
                throw CommandError("ERR Unknown client type '\(arguments.text(3).prefix(128))'")
            }
            if !arguments.isWord(3, "normal") { records = [] }
        } else if arguments.count >= 4, arguments.isWord(2, "id") {
            var ids: Set<UInt64> = []
            for index in 3..<arguments.count {
                guard let id = DecimalDigits.parse(arguments[index]), id > 0 else {
                    throw CommandError("ERR Invalid client ID")
                }
                ids.insert(UInt64(id))
            }
            records = records.filter { ids.contains($0.id) }
        } else if arguments.count > 2 {
            throw .syntax
        }
        let now = ContinuousClock.now
        reply.verbatim(records.map { $0.line(now: now) + "\n" }.joined())
        return .answered
    }
}
