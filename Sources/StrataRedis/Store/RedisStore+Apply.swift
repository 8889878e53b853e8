public import StrataCore

extension RedisStore {
    /// How often a write is tried that other processes come before.
    private static let attempts = 100
    /// The pauses between them. No budget bounds these attempts: each means that another one succeeded.
    private static let contentionPause = Backoff(first: .milliseconds(1), last: .milliseconds(20))

    /// Unconditional puts and deletes take one round trip; everything else reads first, and writes if nothing has changed.
    public func apply(
        _ mutations: [Mutation], context: StoreContext
    ) async -> [Result<MutationOutcome, StrataError>] {
        var results = [Result<MutationOutcome, StrataError>?](repeating: nil, count: mutations.count)
        var places: [Key: [Int]] = [:]
        for (index, mutation) in mutations.enumerated() {
            if let refusal = refusal(of: mutation.key) {
                results[index] = .failure(refusal)
            } else {
                places[mutation.key, default: []].append(index)
            }
        }
        let direct = places.values.compactMap { places in
            places.count == 1 && isDirect(mutations[places[0]]) ? places[0] : nil
        }.sorted()
        for index in direct { places[mutations[index].key] = nil }
        let written = await write(direct.map { mutations[$0] }, context: context)
        for (index, result) in zip(direct, written) { results[index] = result }
        await change(places, of: mutations, results: &results, context: context)
        return results.map { $0 ?? .failure(located(.unfinished)) }
    }

    /// All mutations take effect in one script, or none does.
    public func applyAtomically(
        _ mutations: [Mutation], context: StoreContext
    ) async throws(StrataError) -> [MutationOutcome] {
        guard let first = mutations.first else { return [] }
        for mutation in mutations {
            if let refusal = refusal(of: mutation.key) { throw refusal }
            guard Slot(of: mutation.key) == Slot(of: first.key) else {
                throw StrataError(
                    .invalidArgument,
                    "keys \(first.key) and \(mutation.key) lie in different slots; give them a common hash tag")
            }
        }
        let keys = Set(mutations.map(\.key))
        return try await gate.holding(keys, deadline: context.deadline) { () async throws(StrataError) in
            var backoff = RedisStore.contentionPause
            for _ in 0..<RedisStore.attempts {
                let ordered = keys.sorted()
                let (stored, now) = try await load(ordered, context: context)
                var fold = RedisMutationFold(now: now)
                for (key, stored) in zip(ordered, stored) { fold.add(key, try stored.get()) }
                for mutation in mutations { try fold.run(mutation) }
                if let results = try await commit([fold], context: context)[0] {
                    return try results.map { result throws(StrataError) in try result.get() }
                }
                try await pause(&backoff, first.key, until: context.deadline)
            }
            throw contended(first.key)
        }
    }

    /// Reads keys, decides, and writes each of them if it has not changed; tries those again that have.
    private func change(
        _ places: [Key: [Int]], of mutations: [Mutation], results: inout [Result<MutationOutcome, StrataError>?],
        context: StoreContext
    ) async {
        guard !places.isEmpty else { return }
        var open = places
        var done: [(Int, Result<MutationOutcome, StrataError>)] = []
        do throws(StrataError) {
            try await gate.holding(Set(places.keys), deadline: context.deadline) {
                () async throws(StrataError) in
                var backoff = RedisStore.contentionPause
                for _ in 0..<RedisStore.attempts {
                    done += await attemptChanges(&open, of: mutations, context: context)
                    guard let key = open.keys.first else { return }
                    try await pause(&backoff, key, until: context.deadline)
                }
            }
            for (key, places) in open { done += places.map { ($0, .failure(contended(key))) } }
        } catch {
            // What was written before stays written.
            done += open.values.joined().map { ($0, .failure(located(error))) }
        }
        for (index, result) in done { results[index] = result }
    }

    /// One attempt; keys that are done leave `open`.
    private func attemptChanges(
        _ open: inout [Key: [Int]], of mutations: [Mutation], context: StoreContext
    ) async -> [(Int, Result<MutationOutcome, StrataError>)] {
        var done: [(Int, Result<MutationOutcome, StrataError>)] = []
        do throws(StrataError) {
            let keys = Array(open.keys)
            let (stored, now) = try await load(keys, context: context)
            var folds: [(Key, RedisMutationFold)] = []
            for (key, result) in zip(keys, stored) {
                let places = open[key] ?? []
                switch result {
                case .failure(let error):
                    done += places.map { ($0, .failure(error)) }
                    open[key] = nil
                case .success(let stored):
                    var fold = RedisMutationFold(now: now)
                    fold.add(key, stored)
                    // What fails is in the results; the ones after it run all the same.
                    for place in places { try? fold.run(mutations[place]) }
                    folds.append((key, fold))
                }
            }
            for ((key, _), results) in zip(folds, try await commit(folds.map(\.1), context: context)) {
                guard let results, let places = open[key] else { continue }
                done += zip(places, results).map { ($0, $1) }
                open[key] = nil
            }
        } catch {
            for places in open.values { done += places.map { ($0, .failure(located(error))) } }
            open = [:]
        }
        return done
    }

    /// Writes what each fold came to; nil for a fold whose keys have changed since they were read.
    private func commit(
        _ folds: [RedisMutationFold], context: StoreContext
    ) async throws(StrataError) -> [[Result<MutationOutcome, StrataError>]?] {
        var results = folds.map { $0.drawn == 0 ? $0.results(first: 0) : nil }
        let writing = folds.indices.filter { folds[$0].drawn > 0 }
        let replies = try await client.evaluate(
            writing.map { call(for: folds[$0]) }, at: place, deadline: context.deadline)
        for (index, reply) in zip(writing, replies) {
            if case .null = reply { continue }
            guard let first = Version(reply) else {
                let error = located(.unexpected(reply, to: "EVALSHA"))
                results[index] = folds[index].results(first: 0).map { _ in .failure(error) }
                continue
            }
            results[index] = folds[index].results(first: first.rawValue)
        }
        return results
    }

    private func call(for fold: RedisMutationFold) -> RedisScriptCall {
        var names = records
        var arguments = [Array("\(fold.drawn)".utf8)]
        for change in fold.changes {
            names.append(keyspace.name(of: change.key))
            var read: [UInt8] = []
            if let version = change.readVersion { read.appendBigEndian(version.rawValue) }
            var action = change.drawn == nil ? "check" : "put"
            var body: [UInt8] = []
            if change.drawn != nil {
                let entry = Entry(version: .zero, content: change.state.content, tags: change.state.tags)
                if change.state.content == .absent { action = "delete" }
                body = Envelope(entry: entry, cluster: cluster, deadline: change.state.deadline).encoded()
            }
            arguments += [
                read, Array(action.utf8), body, Array("\(change.drawn ?? 0)".utf8),
                Array("\(KeyPosition(of: change.key).rawValue)".utf8),
                Array((change.state.deadline.map { "\($0)" } ?? "").utf8),
            ]
        }
        return RedisStoreScripts.commit.call(keys: names, arguments: arguments)
    }

    /// Lets another process finish, unless that would take longer than the caller waits.
    private func pause(
        _ backoff: inout Backoff, _ key: Key, until deadline: ContinuousClock.Instant
    ) async throws(StrataError) {
        let due = ContinuousClock.now + backoff.next()
        guard due < deadline else {
            throw StrataError(
                .timeout, "other processes changed key \(key) each time it was to be written, until the time was over")
        }
        do {
            try await Task.sleep(until: due)
        } catch {
            throw .callerCancelled
        }
    }

    private func contended(_ key: Key) -> StrataError {
        located(
            StrataError(
                .overloaded,
                "other processes changed key \(key) each time it was to be written, \(RedisStore.attempts) times in a row"
            ))
    }
}

extension StrataError {
    /// A mutation for which no result was recorded.
    fileprivate static var unfinished: StrataError { StrataError(.unavailable, "the mutation was not run") }
}
