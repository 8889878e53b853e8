import StrataCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension StoreConformance {
    func checkOutcomes() async throws {
        let key = freshKey()
        let first = try await write(
            Mutation(
                .put([1, 2], type: type(9), tags: ["red", "green"]), key: key,
                expiry: .after(.seconds(1000)), returnsPrevious: true))
        try expect(!first.existed && first.previous == nil, "a new key has a previous entry")
        try expect(first.current?.version == first.version, "the current entry's version is not the outcome's")
        try expect(first.current?.content == .value([1, 2], type(9)), "the current entry is incomplete")
        try expect(first.current?.tags == ["red", "green"], "the current entry's tags are incomplete")
        let second = try await write(Mutation(.append([3]), key: key, returnsPrevious: true))
        try expect(second.existed, "an overwritten key did not exist")
        try expect(second.previous?.content == first.current?.content, "the previous entry is incomplete")
        try expect(second.previous?.version == first.version, "the previous entry has another version")
        try expect(second.previous?.tags == ["red", "green"], "the previous entry has other tags")
        try expect(second.previous?.remaining != nil, "the previous entry lost its expiry")
        try expect(second.current?.content == .value([1, 2, 3], type(9)), "an append changes the type")
        let third = try await write(Mutation(.delete, key: key))
        try expect(third.previous == nil, "a previous entry nobody asked for")
        try expect(third.current == .absent(version: third.version), "a delete's current entry is no absence")
        let refused = try await apply(Mutation(.put([4]), key: key, condition: .ifPresent, returnsPrevious: true))
        try expect(!refused.applied && !refused.existed, "a condition on an absent key passed")
        try expect(refused.previous == nil && refused.current == nil, "a refused mutation carries entries")
    }

    func checkVersions() async throws {
        let key = freshKey()
        var last = Version.zero
        for round in 0..<5 {
            for mutation in [
                Mutation(.put([UInt8(round)]), key: key), Mutation(.touch, key: key, expiry: .after(.seconds(9000))),
                Mutation(.append([1]), key: key), Mutation(.delete, key: key), Mutation(.put([]), key: key),
                Mutation(.touch, key: key, expiry: .at(milliseconds: 1)),
            ] {
                let outcome = try await write(mutation)
                try expect(outcome.version > last, "version \(outcome.version) of \(mutation) is not above \(last)")
                last = outcome.version
                let entry = try await read(key)
                try expect(entry.version == last, "the key reads version \(entry.version) after \(last) was written")
            }
            if round == 2 {
                try await store.removeAll(context: context)
                let absence = try await read(key)
                try expect(absence.content == .absent, "a key outlived the removal of all")
                try expect(absence.version > last, "absence \(absence.version) cannot replace a copy of \(last)")
                last = absence.version
            }
        }
    }

    func checkFailuresStayAlone() async throws {
        let keys = freshKeys(4)
        let tooLong = Key([UInt8](repeating: 7, count: Key.maximumLength + 1))
        try await write(Mutation(.put(Array("text".utf8)), key: keys[0]))
        try await write(Mutation(.put(Array("9223372036854775807".utf8)), key: keys[1]))
        let results = await store.apply(
            [
                Mutation(.put([1]), key: keys[2]), Mutation(.add(1), key: keys[0]), Mutation(.put([2]), key: keys[3]),
                Mutation(.add(1), key: keys[1]), Mutation(.put([3]), key: tooLong),
                Mutation(.append([3]), key: keys[2]),
                Mutation(.addDecimal(1), key: keys[0]), Mutation(.append([4]), key: keys[0]),
            ], context: context)
        try expect(results.count == 8, "8 mutations got \(results.count) results")
        try expect(results[1], failsWith: .invalidOperation, "adding to a text")
        try expect(results[3], failsWith: .invalidOperation, "an overflow")
        try expect(results[4], failsWith: .invalidArgument, "a key that is too long")
        try expect(results[6], failsWith: .invalidOperation, "adding a decimal to a text")
        for index in [0, 2, 5, 7] {
            try expect(try results[index].get().applied, "mutation \(index) fell with its neighbours")
        }
        let entries = try await read(keys)
        try expect(
            entries[0].bytes == Array("text".utf8) + [4], "a failed mutation changed \(entries[0].content.summary)")
        try expect(entries[1].bytes == Array("9223372036854775807".utf8), "an overflow changed the value")
        try expect(entries[2].bytes == [1, 3], "the first neighbour holds \(entries[2].content.summary)")
        try expect(entries[3].bytes == [2], "the second neighbour holds \(entries[3].content.summary)")

        let answers = await store.read([keys[2], tooLong, keys[3]], context: context)
        try expect(answers.count == 3, "3 keys got \(answers.count) answers")
        try expect(answers[1], failsWith: .invalidArgument, "reading a key that is too long")
        try expect(try answers[0].get().bytes == [1, 3], "a neighbour of a refused key is not read")
        try expect(try answers[2].get().bytes == [2], "a neighbour of a refused key is not read")
    }
}
