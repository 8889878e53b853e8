import StrataCore

/// The error reply to a command that was not run or failed; its text starts with the reply's code.
struct CommandError: Error, Hashable {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    static let syntax = CommandError("ERR syntax error")
    static let notAnInteger = CommandError("ERR value is not an integer or out of range")
    static let notAFloat = CommandError("ERR value is not a valid float")
    static let noAuthentication = CommandError("NOAUTH Authentication required.")
    static let wrongPassword = CommandError("WRONGPASS invalid username-password pair or user is disabled.")
    static let noKeyPermission = CommandError(
        "NOPERM this user has no permissions to access one of the keys used as arguments")

    static func arity(_ name: String) -> CommandError {
        CommandError("ERR wrong number of arguments for '\(name)' command")
    }

    static func expireTime(_ name: String) -> CommandError {
        CommandError("ERR invalid expire time in '\(name)' command")
    }

    static func unknownSubcommand(_ name: String, of command: String) -> CommandError {
        CommandError("ERR unknown subcommand '\(name.prefix(128))'. Try \(command.uppercased()) HELP.")
    }

    /// Names the command and as many of its arguments as fit 128 bytes, as Redis does.
    static func unknownCommand(_ arguments: Arguments) -> CommandError {
        var quoted = ""
        for index in 1..<max(1, arguments.count) where quoted.utf8.count < 128 {
            quoted += "'\(arguments.text(index).prefix(128 - quoted.utf8.count))' "
        }
        return CommandError(
            "ERR unknown command '\(arguments.text(0).prefix(128))', with args beginning with: \(quoted)")
    }
}

extension StrataError {
    /// The error reply: what Redis says of a value that doesn't fit, else what happened and on which shard or server.
    var reply: String {
        code == .invalidOperation ? "ERR \(message)" : "ERR \(description)"
    }
}
