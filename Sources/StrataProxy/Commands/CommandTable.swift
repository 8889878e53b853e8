/// All commands, found by name without hashing text: an open-addressed table of the names' integers.
final class CommandTable: Sendable {
    /// The commands in the order of their names.
    let commands: [Command]
    private let slots: [(name: CommandName, command: Command)?]

    init(_ commands: [Command]) {
        self.commands = commands.sorted { $0.name < $1.name }
        var slots: [(name: CommandName, command: Command)?] = Array(repeating: nil, count: CommandTable.slotCount)
        precondition(commands.count * 2 <= slots.count, "\(commands.count) commands do not fit the table")
        for command in commands {
            guard let name = CommandName(command.name) else { preconditionFailure("\(command.name) is too long") }
            var slot = CommandTable.slot(of: name)
            while let taken = slots[slot] {
                precondition(taken.name != name, "\(command.name) is there twice")
                slot = (slot + 1) & (CommandTable.slotCount - 1)
            }
            slots[slot] = (name, command)
        }
        self.slots = slots
    }

    /// The command of a name. Complexity: O(1).
    func find(_ name: CommandName) -> Command? {
        var slot = CommandTable.slot(of: name)
        while let entry = slots[slot] {
            if entry.name == name { return entry.command }
            slot = (slot + 1) & (CommandTable.slotCount - 1)
        }
        return nil
    }

    /// The command of a name that is text.
    func find(_ name: String) -> Command? {
        CommandName(name).flatMap { find($0) }
    }

    private static let slotCount = 256

    @inline(__always)
    private static func slot(of name: CommandName) -> Int {
        let mixed = (name.low ^ (name.high &* 31)) &* 0x9E37_79B9_7F4A_7C15
        return Int(mixed >> 56)
    }

    /// The commands the proxy serves.
    static let standard = CommandTable(
        Command.readingStrings + Command.writingStrings + Command.counters + Command.expiries + Command.keyspace
            + Command.connection + Command.administration)
}
