import StrataCore
import StrataMemory

extension CacheEngine {
    /// Answers keys from the levels, in the order asked: memory, level 2, store.
    func read(_ keys: [Key], freshness: Freshness) async -> [Answer] {
        let known = keys.map { key in remembered(key, freshness: freshness).map(Answer.success) }
        guard known.contains(where: { $0 == nil }) else { return known.map { $0! } }
        guard freshness == .cached else { return await readAround(keys, known: known, freshness: freshness) }
        return await answers(
            for: keys, known: known, freshness: freshness, from: reads, isShared: chain.sharesReads
        ) { [self] departure in
            let readAt = time.now
            let keys = departure.keys
            await chain.read(keys.map(storeKey), of: departure.callers, policy: policy) { [self] index, entry in
                land(departure, index, keys[index], decode(entry, keys[index], readAt))
            }
        }
    }

    /// Reads that ask for more than any level may have: they join no load that began before them.
    private func readAround(_ keys: [Key], known: [Answer?], freshness: Freshness) async -> [Answer] {
        let missing = keys.indices.filter { known[$0] == nil }
        let readAt = time.now
        let answers = await chain.read(
            missing.map { storeKey(keys[$0]) }, freshness: freshness, policy: policy)
        var results = known
        for (index, entry) in zip(missing, answers.entries) {
            let answer = decode(entry, keys[index], readAt)
            if case .success(let resolved) = answer {
                refresh(resolved, for: keys[index], isAbsent: resolved.content.isAbsent)
            }
            results[index] = answer
        }
        await chain.fill(answers.offers)
        return results.map { $0! }
    }

    func decode(_ entry: Result<Entry, StrataError>, _ key: Key, _ readAt: Timestamp) -> Answer {
        entry.mapError { $0 as any Error }.flatMap { entry in
            Answer { try decoded(entry, key: key, readAt: readAt) }
        }
    }

    func land(_ departure: SingleFlight<Resolved<Stored>>.Departure, _ index: Int, _ key: Key, _ answer: Answer) {
        departure.land(index, answer) {
            guard case .success(let resolved) = answer else { return }
            keep(resolved, for: key, isAbsent: resolved.content.isAbsent)
        }
    }
}

extension MemoryContent {
    var isAbsent: Bool {
        if case .absent = self { true } else { false }
    }
}
