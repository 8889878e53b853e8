import Foundation
import StrataTestSupport
import Testing

/// Those cases of a public compatibility suite for Redis servers that use nothing but the commands the proxy has.
private enum CompatibilitySuite {
    struct Case: Sendable {
        let name: String
        let commands: [[String]]
        let results: [RESPValue]
    }

    static let commands: Set = [
        "append", "dbsize", "decr", "decrby", "del", "echo", "exists", "expire", "expireat", "expiretime", "flushall",
        "flushdb", "get", "getdel", "getex", "getrange", "getset", "incr", "incrby", "incrbyfloat", "mget", "mset",
        "persist", "pexpire", "pexpireat", "pexpiretime", "ping", "psetex", "pttl", "scan", "set", "setex", "setnx",
        "strlen", "substr", "touch", "ttl", "type", "unlink",
    ]

    static let cases: [Case]? = {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../shared/suites/cts.json").standardizedFileURL
        guard let data = try? Data(contentsOf: file),
            let list = (try? JSONSerialization.jsonObject(with: data)) as? [[String: Any]]
        else { return nil }
        return list.compactMap { entry in
            guard let name = entry["name"] as? String, let lines = entry["command"] as? [String],
                let results = entry["result"] as? [Any], entry["skipped"] == nil
            else { return nil }
            let commands = lines.map { $0.split(separator: " ").map(String.init) }
            guard commands.allSatisfy({ Self.commands.contains($0[0].lowercased()) }) else { return nil }
            return Case(name: name, commands: commands, results: results.map(value))
        }
    }()

    private static func value(_ json: Any) -> RESPValue {
        switch json {
        case let text as String: .bulk(Array(text.utf8))
        case let list as [Any]: .array(list.map(value))
        case let number as NSNumber: .integer(number.int64Value)
        default: .null
        }
    }
}

/// The suite is data beside the checkout (`../shared/suites/cts.json`); without it the test is skipped.
@Suite("The public compatibility suite", .enabled(if: CompatibilitySuite.cases != nil))
struct CompatibilitySuiteTests {
    /// A status and a string of the same text count as equal, as in the suite's own runner.
    private static func plain(_ value: RESPValue) -> RESPValue {
        switch value {
        case .status(let text): .bulk(Array(text.utf8))
        case .array(let elements): .array(elements.map(plain))
        default: value
        }
    }

    @Test("Every case of the proxy's commands passes")
    func suite() async throws {
        let cases = try #require(CompatibilitySuite.cases)
        #expect(cases.count >= 55)
        let proxy = try await ServedProxy.start(nil)
        try await proxy.connected { client in
            for entry in cases {
                try await client.send("FLUSHALL")
                var replies: [RESPValue] = []
                for command in entry.commands { replies.append(try await client.pipeline([command])[0]) }
                #expect(replies.map(Self.plain) == entry.results, "\(entry.name): \(entry.commands)")
            }
        }
    }
}
