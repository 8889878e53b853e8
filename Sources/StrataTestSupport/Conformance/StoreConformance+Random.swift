import StrataCore

extension StoreConformance {
    /// Random batches over few keys, so that they meet on them; every result and every read is compared.
    func checkRandomRequests(batch: ClosedRange<Int>, rounds: Int) async throws {
        var generator = ConformanceGenerator(seed: seed, type: type)
        var model = ConformanceModel(tolerance: clockTolerance)
        let keys = freshKeys(4) + freshKeys(3, slotTag: "same")
        for _ in 0..<rounds {
            var mutations: [Mutation] = []
            for _ in 0..<generator.number(batch) { mutations.append(generator.mutation(of: keys, model: model)) }
            try await applyBatch(mutations, to: &model)
            try await compare(keys + [keys[0], keys[0]], with: model)
        }
    }

    /// Random transactions; a failed one must leave everything as it was.
    func checkRandomTransactions(rounds: Int) async throws {
        var generator = ConformanceGenerator(seed: seed, type: type)
        var model = ConformanceModel(tolerance: clockTolerance)
        let keys = freshKeys(4, slotTag: "transaction")
        for _ in 0..<rounds {
            var mutations: [Mutation] = []
            for _ in 0..<generator.number(1...8) { mutations.append(generator.mutation(of: keys, model: model)) }
            let due = model.errorOfTransaction(mutations)
            do {
                let outcomes = try await store.applyAtomically(mutations, context: context)
                if let due { try expect(false, "a transaction succeeded instead of failing with: \(due)") }
                try expect(
                    outcomes.count == mutations.count, "\(mutations.count) mutations got \(outcomes.count) outcomes")
                for (mutation, outcome) in zip(mutations, outcomes) {
                    if let problem = model.take(.success(outcome), of: mutation) {
                        try expect(false, "\(mutation) in a transaction: \(problem)")
                    }
                }
            } catch let error as StrataError {
                try expect(
                    error.code == due?.code && error.message == due?.message,
                    "a transaction failed with \(error.code): \(error), due was \(due.map { "\($0)" } ?? "success")")
            }
            try await compare(keys, with: model)
        }
    }
}
