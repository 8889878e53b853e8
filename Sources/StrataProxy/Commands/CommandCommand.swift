/// COMMAND and its subcommands, all of them answered from the table.
enum CommandCommand {
    static let run: Command.Handler = { request, reply throws(CommandError) in
        let arguments = request.arguments
        let table = request.server.table
        if arguments.count == 1 {
            reply.array(table.commands.count)
            for command in table.commands { describe(command, to: &reply) }
        } else if arguments.isWord(1, "count") {
            guard arguments.count == 2 else { throw .arity("command|count") }
            reply.integer(table.commands.count)
        } else if arguments.isWord(1, "info") {
            let commands = selected(arguments, from: table)
            reply.array(commands.count)
            for command in commands {
                if let command { describe(command, to: &reply) } else { reply.nullArray() }
            }
        } else if arguments.isWord(1, "docs") {
            let commands = selected(arguments, from: table).compactMap { $0 }
            reply.map(commands.count)
            for command in commands { document(command, to: &reply) }
        } else if arguments.isWord(1, "list") {
            try list(arguments, from: table, to: &reply)
        } else if arguments.isWord(1, "getkeys") {
            try keys(arguments, from: table, to: &reply)
        } else if arguments.isWord(1, "help") {
            let lines = [
                "COMMAND [<subcommand> [<arg> [value] [opt] ...]]. Subcommands are:", "(no subcommand)",
                "    Return details about all commands.", "COUNT", "    Return the number of commands.",
                "DOCS [<command-name> ...]", "    Return documentation of commands.", "GETKEYS <full-command>",
                "    Return the keys of a full command.", "INFO [<command-name> ...]",
                "    Return details about commands.", "LIST [FILTERBY (MODULE|ACLCAT|PATTERN) <value>]",
                "    Return the names of commands.", "HELP", "    Print this help.",
            ]
            reply.array(lines.count)
            for line in lines { reply.simple(line) }
        } else {
            throw .unknownSubcommand(arguments.text(1), of: "command")
        }
        return .answered
    }

    /// The commands named, or all when none is.
    private static func selected(_ arguments: Arguments, from table: CommandTable) -> [Command?] {
        guard arguments.count > 2 else { return table.commands }
        return (2..<arguments.count).map { table.find(arguments.text($0)) }
    }

    /// The ten elements of COMMAND INFO since Redis 7.0.
    private static func describe(_ command: Command, to reply: inout ReplyWriter) {
        reply.array(10)
        reply.bulk(command.name)
        reply.integer(command.arity)
        reply.set(command.flags.names.count)
        for flag in command.flags.names { reply.simple(flag) }
        reply.integer(command.keys.first)
        reply.integer(command.keys.last)
        reply.integer(command.keys.step)
        let categories = categories(of: command)
        reply.set(categories.count)
        for category in categories { reply.simple("@" + category) }
        reply.array(0)
        guard command.keys.first > 0 else {
            reply.array(0)
            reply.array(0)
            return
        }
        reply.array(1)
        reply.map(3)
        reply.bulk("flags")
        let flags = command.flags.contains(.write) ? ["RW", "update"] : ["RO", "access"]
        reply.set(flags.count)
        for flag in flags { reply.simple(flag) }
        specify("begin_search", type: "index", [("index", command.keys.first)], to: &reply)
        let last = command.keys.last < 0 ? command.keys.last : command.keys.last - command.keys.first
        specify(
            "find_keys", type: "range", [("lastkey", last), ("keystep", command.keys.step), ("limit", 0)], to: &reply)
        reply.array(0)
    }

    private static func specify(
        _ name: String, type: String, _ numbers: [(String, Int)], to reply: inout ReplyWriter
    ) {
        reply.bulk(name)
        reply.map(2)
        reply.bulk("type")
        reply.bulk(type)
        reply.bulk("spec")
        reply.map(numbers.count)
        for (field, number) in numbers {
            reply.bulk(field)
            reply.integer(number)
        }
    }

    private static func categories(of command: Command) -> [String] {
        var names: [String] = []
        if command.flags.contains(.write) { names.append("write") }
        if command.flags.contains(.readonly) { names.append("read") }
        if command.flags.contains(.admin) { names += ["admin", "dangerous"] }
        names.append(command.group == "generic" ? "keyspace" : command.group)
        names.append(command.flags.contains(.fast) ? "fast" : "slow")
        return names
    }

    private static func document(_ command: Command, to reply: inout ReplyWriter) {
        reply.bulk(command.name)
        reply.map(3)
        for (field, value) in [("summary", command.summary), ("since", command.since), ("group", command.group)] {
            reply.bulk(field)
            reply.bulk(value)
        }
    }

    private static func list(
        _ arguments: Arguments, from table: CommandTable, to reply: inout ReplyWriter
    ) throws(CommandError) {
        var commands = table.commands
        if arguments.count == 5, arguments.isWord(2, "filterby") {
            let value = arguments.text(4).lowercased()
            if arguments.isWord(3, "pattern") {
                let pattern = GlobPattern(value.utf8)
                commands.removeAll { !(pattern?.matches(Array($0.name.utf8)) ?? false) }
            } else if arguments.isWord(3, "aclcat") {
                commands.removeAll { !categories(of: $0).contains(value) }
            } else if arguments.isWord(3, "module") {
                commands = []
            } else {
                throw .syntax
            }
        } else if arguments.count != 2 {
            throw .syntax
        }
        reply.words(commands.map(\.name))
    }

    private static func keys(
        _ arguments: Arguments, from table: CommandTable, to reply: inout ReplyWriter
    ) throws(CommandError) {
        guard arguments.count > 2 else { throw .arity("command|getkeys") }
        guard let command = table.find(arguments.text(2)) else { throw CommandError("ERR Invalid command specified") }
        let count = arguments.count - 2
        guard command.accepts(count: count) else {
            throw CommandError("ERR Invalid number of arguments specified for command")
        }
        guard command.keys.first > 0 else { throw CommandError("ERR The command has no key arguments") }
        let indices = Array(command.keys.indices(count: count))
        reply.array(indices.count)
        for index in indices { reply.bulk(arguments[index + 2]) }
    }
}
