import StrataCore

/// What is true of a command; the names are those that COMMAND INFO reports.
struct CommandFlags: OptionSet, Hashable {
    let rawValue: UInt16

    static let write = CommandFlags(rawValue: 1 << 0)
    static let readonly = CommandFlags(rawValue: 1 << 1)
    static let fast = CommandFlags(rawValue: 1 << 2)
    static let admin = CommandFlags(rawValue: 1 << 3)
    static let denyOutOfMemory = CommandFlags(rawValue: 1 << 4)
    /// May run before the client has authenticated.
    static let noAuthentication = CommandFlags(rawValue: 1 << 5)
    static let stale = CommandFlags(rawValue: 1 << 6)
    static let loading = CommandFlags(rawValue: 1 << 7)
    /// Runs only when nothing of its connection is in flight, because it changes how the connection's replies look or
    /// because its keys are not known.
    static let alone = CommandFlags(rawValue: 1 << 8)
    /// Concerns every key, so that a user who is confined to some keys may not run it.
    static let everyKey = CommandFlags(rawValue: 1 << 9)

    private static let names: [(CommandFlags, String)] = [
        (.write, "write"), (.readonly, "readonly"), (.fast, "fast"), (.admin, "admin"),
        (.denyOutOfMemory, "denyoom"), (.noAuthentication, "no_auth"), (.stale, "stale"), (.loading, "loading"),
    ]

    var names: [String] {
        CommandFlags.names.filter { contains($0.0) }.map(\.1)
    }
}

/// Where a command's keys stand among its arguments; `last` counts from the end when negative, as in COMMAND INFO.
struct KeyArguments: Hashable {
    static let none = KeyArguments(first: 0, last: 0, step: 0)
    static let one = KeyArguments(first: 1, last: 1, step: 1)
    static let all = KeyArguments(first: 1, last: -1, step: 1)
    static let pairs = KeyArguments(first: 1, last: -1, step: 2)

    var first: Int
    var last: Int
    var step: Int

    /// The positions of the keys among this many arguments.
    func indices(count: Int) -> StrideTo<Int> {
        let end = last < 0 ? count + last : min(last, count - 1)
        return stride(from: first, to: first > 0 ? end + 1 : first, by: max(1, step))
    }
}

/// A command as its table holds it. COMMAND answers from here too.
final class Command: Sendable {
    /// Runs a command: writes the reply, or says what has to be asked of the levels first.
    typealias Handler = @Sendable (_ request: Request, _ reply: inout ReplyWriter) throws(CommandError) -> Plan

    let name: String
    /// How many arguments it takes, its name included; negative: at least that many.
    let arity: Int
    let flags: CommandFlags
    let keys: KeyArguments
    let group: String
    let since: String
    let summary: String
    let run: Handler

    init(
        _ name: String, arity: Int, flags: CommandFlags, keys: KeyArguments = .none, group: String, since: String,
        _ summary: String, run: @escaping Handler
    ) {
        self.name = name
        self.arity = arity
        self.flags = flags
        self.keys = keys
        self.group = group
        self.since = since
        self.summary = summary
        self.run = run
    }

    /// Whether this many arguments, the name included, are as many as the command takes.
    func accepts(count: Int) -> Bool {
        arity >= 0 ? count == arity : count >= -arity
    }
}

/// A request as a command's handler sees it.
struct Request {
    let command: Command
    let arguments: Arguments
    let session: ClientSession
    let server: ProxyContext

    /// The key at a position.
    func key(_ index: Int) throws(CommandError) -> Key {
        guard arguments[index].count <= Key.maximumLength else {
            throw CommandError("ERR a key may have at most \(Key.maximumLength) bytes")
        }
        return Key(arguments[index])
    }

    /// The keys from a position on, each a step after the one before.
    func keys(from first: Int = 1, step: Int = 1) throws(CommandError) -> [Key] {
        var keys: [Key] = []
        for index in stride(from: first, to: arguments.count, by: step) { keys.append(try key(index)) }
        return keys
    }

    /// The integer at a position.
    func integer(_ index: Int) throws(CommandError) -> Int64 {
        guard let number = DecimalDigits.parse(arguments[index]) else { throw .notAnInteger }
        return number
    }
}
