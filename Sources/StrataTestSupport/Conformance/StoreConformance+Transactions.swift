import StrataCore

extension StoreConformance {
    func checkTransactionsAreAtomic() async throws {
        let keys = freshKeys(3, slotTag: "atomic")
        try await write(Mutation(.put(Array("text".utf8)), key: keys[2]))
        let before = try await read(keys)
        try await expectTransaction(
            [
                Mutation(.put([1]), key: keys[0]), Mutation(.delete, key: keys[2]), Mutation(.put([2]), key: keys[1]),
                Mutation(.put(Array("x".utf8)), key: keys[2]), Mutation(.add(1), key: keys[2]),
            ], failsWith: .invalidOperation)
        let after = try await read(keys)
        try expect(after == before, "a failed transaction left \(after) where \(before) was")

        let outcomes = try await store.applyAtomically(
            [
                Mutation(.put([1]), key: keys[0]), Mutation(.add(5), key: keys[1]), Mutation(.add(6), key: keys[1]),
                Mutation(.put([9]), key: keys[2], condition: .ifAbsent),
            ], context: context)
        try expect(outcomes.map(\.applied) == [true, true, true, false], "a condition that fails is no error")
        try expect(outcomes[2].version > outcomes[1].version, "two writes of a transaction share a version")
        try expect(outcomes[2].existed, "a transaction does not see its own writes")
        let entries = try await read(keys)
        try expect(
            entries.map(\.bytes) == [[1], Array("11".utf8), Array("text".utf8)], "the transaction left \(entries)")
        let nothing = try await store.applyAtomically([], context: context)
        try expect(nothing.isEmpty, "an empty transaction has outcomes")
    }

    func checkTransactionsStayInOneSlot() async throws {
        let keys = freshKeys(20)
        guard let other = keys.first(where: { Slot(of: $0) != Slot(of: keys[0]) }) else { return }
        try await expectTransaction(
            [Mutation(.put([1]), key: keys[0]), Mutation(.put([1]), key: other)], failsWith: .invalidArgument)
        let entries = try await read([keys[0], other])
        try expect(entries.allSatisfy { $0.content == .absent }, "a refused transaction wrote \(entries)")
    }

    func checkConcurrentAdditions() async throws {
        let keys = freshKeys(3)
        let transacted = freshKeys(2, slotTag: "sum")
        let store = store
        let context = context
        let versions = try await withThrowingTaskGroup(of: [Version].self) { group in
            for task in 0..<16 {
                group.addTask {
                    var versions: [Version] = []
                    for round in 0..<10 {
                        let results = await store.apply(
                            [Mutation(.add(1), key: keys[0]), Mutation(.add(Int64(task)), key: keys[1 + round % 2])],
                            context: context)
                        versions.append(try results[0].get().version)
                        _ = try results[1].get()
                        _ = try await store.applyAtomically(
                            [Mutation(.add(1), key: transacted[0]), Mutation(.add(-1), key: transacted[1])],
                            context: context)
                    }
                    return versions
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        try expect(Set(versions).count == 160, "two writes of one key got the same version")
        let entries = try await read(keys + transacted)
        let texts = entries.map { $0.bytes.map { String(decoding: $0, as: UTF8.self) } ?? "absent" }
        try expect(texts == ["160", "600", "600", "160", "-160"], "the sums are \(texts)")
        try expect(entries[0].version == versions.max(), "the version in effect is not the highest one")
    }

    func checkConditionsAdmitOneWriter() async throws {
        let key = freshKey()
        let store = store
        let context = context
        for condition in [Mutation.Condition.ifAbsent, .ifVersion(.zero)] {
            var condition = condition
            if case .ifVersion = condition { condition = .ifVersion(try await read(key).version) }
            let mutations = (0..<24).map { Mutation(.put([UInt8($0)]), key: key, condition: condition) }
            let winners = await withTaskGroup(of: [Mutation].self) { group in
                for mutation in mutations {
                    group.addTask {
                        let outcome = try? await store.apply([mutation], context: context)[0].get()
                        return outcome?.applied == true ? [mutation] : []
                    }
                }
                return await group.reduce(into: []) { $0 += $1 }
            }
            try expect(winners.count == 1, "\(condition) let \(winners.count) writers through")
            let entry = try await read(key)
            try expect(.put(entry.bytes ?? []) == winners[0].operation, "the key holds the value of a loser")
        }
    }

    /// Runs a transaction that has to fail with the code.
    func expectTransaction(
        _ mutations: [Mutation], by context: StoreContext? = nil, failsWith code: StrataError.Code, line: Int = #line
    ) async throws {
        let result: Result<[MutationOutcome], StrataError>
        do throws(StrataError) {
            result = .success(try await store.applyAtomically(mutations, context: context ?? self.context))
        } catch {
            result = .failure(error)
        }
        try expect(result, failsWith: code, "a transaction of \(mutations.map(\.operation))", line: line)
    }
}
