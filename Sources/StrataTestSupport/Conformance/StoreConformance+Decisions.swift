import StrataCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension StoreConformance {
    func checkHealth() async throws {
        let parts = await store.health(context: context)
        try expect(!parts.isEmpty, "a store reports no part of it")
        try expect(parts.allSatisfy { $0.state == .serving }, "a healthy store reports \(parts)")
        try expect(!store.name.isEmpty, "the store has no name")
    }

    func checkAbsentEmptyAndZero() async throws {
        let keys = freshKeys(4)
        let never = try await read(keys[0])
        try expect(never.content == .absent, "a key nobody wrote holds \(never.content.summary)")
        try await write(Mutation(.put([]), key: keys[1]))
        try await write(Mutation(.put([UInt8(ascii: "0")]), key: keys[2]))
        try await write(Mutation(.put([0]), key: keys[3]))
        let entries = try await read(keys)
        try expect(entries[0].content == .absent, "absent became \(entries[0].content.summary)")
        try expect(entries[1].bytes == [], "empty became \(entries[1].content.summary)")
        try expect(entries[2].bytes == [UInt8(ascii: "0")], "the digit 0 became \(entries[2].content.summary)")
        try expect(entries[3].bytes == [0], "a byte of zero became \(entries[3].content.summary)")
        let deleted = try await write(Mutation(.delete, key: keys[1]))
        try expect(deleted.existed, "deleting an empty value says that there was none")
        let again = try await apply(Mutation(.delete, key: keys[1]))
        try expect(!again.applied && !again.existed, "deleting an absent key counts as a change")
        let gone = try await read(keys[1])
        try expect(gone == .absent(version: deleted.version), "a deleted key reads \(gone)")
    }

    /// Every operation on every kind of state, under every condition, expiry and condition on the expiry.
    func checkEveryDecision() async throws {
        var cases: [(setup: [Mutation], mutation: (Key, Version) -> Mutation)] = []
        for condition in Wanted.allCases {
            for operation in operations {
                for expiry in expiries {
                    for expiryCondition in expiryConditions {
                        for setup in setups {
                            cases.append(
                                (
                                    setup,
                                    { key, version in
                                        Mutation(
                                            operation, key: key, condition: condition.condition(version),
                                            expiry: expiry, expiryCondition: expiryCondition, returnsPrevious: true)
                                    }
                                ))
                        }
                    }
                }
            }
        }
        let size = 500
        for start in stride(from: 0, to: cases.count, by: size) {
            let part = cases[start..<min(start + size, cases.count)]
            let keys = freshKeys(part.count)
            var model = ConformanceModel(tolerance: clockTolerance)
            let setup = zip(part, keys).flatMap { test, key in
                test.setup.map { mutation in
                    var mutation = mutation
                    mutation.key = key
                    return mutation
                }
            }
            try await applyBatch(setup, to: &model)
            let mutations = zip(part, keys).map { test, key in test.mutation(key, model.state(of: key).version) }
            try await applyBatch(mutations, to: &model)
            try await compare(keys, with: model)
        }
    }

    /// Runs a batch and compares each result with the model's.
    func applyBatch(_ mutations: [Mutation], to model: inout ConformanceModel, line: Int = #line) async throws {
        let results = await store.apply(mutations, context: context)
        try expect(
            results.count == mutations.count, "\(mutations.count) mutations got \(results.count) results", line: line)
        for (mutation, result) in zip(mutations, results) {
            let before = model.state(of: mutation.key)
            if let problem = model.take(result, of: mutation) {
                try expect(false, "\(mutation) on \(before): \(problem)", line: line)
            }
        }
    }

    /// Reads keys and compares each answer with the model's.
    func compare(_ keys: [Key], with model: ConformanceModel, line: Int = #line) async throws {
        for (key, entry) in zip(keys, try await read(keys)) {
            if let problem = model.difference(ofRead: entry, of: key) {
                try expect(false, "reading \(key): \(problem)", line: line)
            }
        }
    }

    /// The conditions, before the version that they name is known.
    private enum Wanted: CaseIterable {
        case always, ifAbsent, ifPresent, ifPresentVersion, ifOtherVersion

        func condition(_ version: Version) -> Mutation.Condition {
            switch self {
            case .always: .always
            case .ifAbsent: .ifAbsent
            case .ifPresent: .ifPresent
            case .ifPresentVersion: .ifVersion(version)
            case .ifOtherVersion: .ifVersion(Version(rawValue: version.rawValue + 1))
            }
        }
    }

    private var operations: [Mutation.Operation] {
        [
            .put(Array("new".utf8), type: type(2), tags: ["b", "a"]), .delete, .append(Array("7".utf8)),
            .add(-3), .addDecimal(3), .touch,
        ]
    }

    private var expiries: [Mutation.Expiry] {
        [
            .keep, .never, .after(.seconds(3600)), .after(.seconds(-1)), .at(milliseconds: 4_102_444_800_000),
            .at(milliseconds: 1000),
        ]
    }

    private var expiryConditions: [Mutation.ExpiryCondition] { [.always, .ifNone, .ifAny, .ifLater, .ifEarlier] }

    private var setups: [[Mutation]] {
        let number = Mutation.Operation.put(Array("40".utf8), type: .string, tags: ["old"])
        return [
            [],
            [Mutation(.put([1]), key: ""), Mutation(.delete, key: "")],
            [Mutation(number, key: "")],
            [Mutation(number, key: "", expiry: .after(.seconds(7200)))],
            [Mutation(number, key: "", expiry: .at(milliseconds: 4_102_444_800_000))],
            [Mutation(.put(Array("no number".utf8)), key: "", expiry: .after(.seconds(1800)))],
        ]
    }
}
