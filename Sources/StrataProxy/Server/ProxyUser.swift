/// Somebody who may use the proxy.
public struct ProxyUser: Sendable {
    /// Which commands a user may run.
    public enum Access: Hashable, Sendable {
        case everything
        /// Only commands that change nothing.
        case reading
    }

    /// The name; "default" is the user of clients that give only a password.
    public var name: String
    /// The password; never written to logs, errors, metrics or INFO.
    public var password: String
    public var access: Access
    /// What every key has to start with that the user names; nil for any key.
    public var keyPrefix: String?

    public init(
        name: String = "default", password: String, access: Access = .everything, keyPrefix: String? = nil
    ) {
        self.name = name
        self.password = password
        self.access = access
        self.keyPrefix = keyPrefix
    }

    /// Whether no command needs a closer look.
    var isUnrestricted: Bool { access == .everything && keyPrefix == nil }

    /// Whether the user may read every key.
    var mayReadEverything: Bool { keyPrefix == nil }

    /// Refuses a command that the user may not run with these arguments.
    func authorize(_ command: Command, _ arguments: Arguments) throws(CommandError) {
        if access == .reading, command.flags.contains(.write) {
            throw CommandError("NOPERM this user has no permissions to run the '\(command.name)' command")
        }
        guard let keyPrefix else { return }
        if command.flags.contains(.everyKey) { throw .noKeyPermission }
        let prefix = Array(keyPrefix.utf8)
        for index in command.keys.indices(count: arguments.count) {
            guard arguments[index].starts(with: prefix) else { throw .noKeyPermission }
        }
    }
}

extension ProxyUser: CustomStringConvertible, CustomReflectable {
    /// The name alone, so that no log or dump shows the password.
    public var description: String { name }
    public var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}
