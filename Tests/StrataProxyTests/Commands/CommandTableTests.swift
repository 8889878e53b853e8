import Testing

@testable import StrataProxy

@Suite struct CommandTableTests {
    private let table = CommandTable.standard

    @Test func everyCommandIsFoundInAnyCase() {
        for command in table.commands {
            #expect(table.find(command.name)?.name == command.name)
            #expect(table.find(command.name.uppercased())?.name == command.name)
            #expect(table.find(command.name + "x") == nil)
        }
        #expect(table.find("") == nil)
        #expect(table.find(String(repeating: "a", count: 17)) == nil)
    }

    @Test func memoryCommandsAreThoseOfTheirNames() throws {
        for (name, expected) in [("GET", MemoryCommand.get), ("mget", .mget), ("eXists", .exists), ("STRLEN", .strlen)]
        {
            #expect(MemoryCommand(try #require(CommandName(name))) == expected)
        }
        for name in ["set", "get ", "gets", "strlenstrlen"] {
            #expect(MemoryCommand(try #require(CommandName(name))) == nil)
        }
    }

    @Test func whatHasKeysSaysWhere() {
        for command in table.commands where command.keys.first > 0 {
            #expect(command.flags.contains(.write) != command.flags.contains(.readonly), "\(command.name)")
        }
        #expect(Array(KeyArguments.one.indices(count: 5)) == [1])
        #expect(Array(KeyArguments.all.indices(count: 4)) == [1, 2, 3])
        #expect(Array(KeyArguments.pairs.indices(count: 5)) == [1, 3])
        #expect(Array(KeyArguments.none.indices(count: 5)).isEmpty)
    }

    @Test func commandAnswersFromTheTable() async throws {
        let client = try await TestClient()
        #expect(try await client.ask("command count") == ":\(table.commands.count)\r\n")
        let info = try await client.ask("command info get nosuch")
        #expect(info.hasPrefix("*2\r\n*10\r\n$3\r\nget\r\n:2\r\n*2\r\n+readonly\r\n+fast\r\n:1\r\n:1\r\n:1\r\n"))
        #expect(info.hasSuffix("*-1\r\n"))
        #expect(try await client.ask("command docs get").contains("Get the value of a key"))
        #expect(try await client.ask("command").hasPrefix("*\(table.commands.count)\r\n"))
    }
}
