import StrataCore
import StrataMemory

extension CacheEngine {
    /// What memory holds of a key for reads that can't have better: a value whose TTL is over, within the policy's period, or
    /// one that came meanwhile.
    ///
    /// Memory is asked at the moment when the value is served, never before: what was invalidated until then is gone.
    private func standIn(for key: Key, _ policy: StalePolicy) -> Resolved<Stored>? {
        guard let memory, let entry = memory.entry(key), case .value = entry.content else { return nil }
        let now = time.now
        let staleness = entry.deadline <= now ? entry.deadline.duration(to: now) : nil
        if let staleness, staleness > policy.period { return nil }
        return Resolved(
            content: entry.content, version: entry.version, remaining: now.duration(to: entry.staleUntil),
            tags: entry.tags, readAt: now, staleness: staleness)
    }

    /// The stale value of a key, noted as served.
    private func serve(_ key: Key, because reason: StaleReads.Reason, _ policy: StalePolicy) -> Answer? {
        guard let resolved = standIn(for: key, policy) else { return nil }
        if resolved.staleness != nil { staleReads.note(key, reason, pause: policy.pause, now: time.now) }
        return .success(resolved)
    }

    /// Answers the missing keys of a read by a load, and by stale values where the policy allows and the load is slow, fails,
    /// or did so a moment ago.
    func answers(
        for keys: [Key], known: [Answer?], freshness: Freshness, from flights: SingleFlight<Resolved<Stored>>,
        isShared: Bool, load: @escaping @Sendable (SingleFlight<Resolved<Stored>>.Departure) async -> Void
    ) async -> [Answer] {
        guard let stale = policy.stale, memory != nil, freshness == .cached else {
            return await flights.answers(for: keys, known: known, isShared: isShared, load: load)
        }
        let now = time.now
        let known = zip(keys, known).map { key, answer in
            answer ?? (staleReads.isPaused(key, at: now) ? serve(key, because: .pause, stale) : nil)
        }
        let missing = keys.indices.filter { known[$0] == nil }
        guard !missing.isEmpty else { return known.map { $0! } }
        var substitute: SingleFlight<Resolved<Stored>>.Substitute?
        if let softTimeout = stale.softTimeout, missing.contains(where: { standIn(for: keys[$0], stale) != nil }) {
            substitute = .init(after: softTimeout) { [self] index in
                serve(keys[index], because: .softTimeout, stale)
            }
        }
        var answers = await flights.answers(
            for: keys, known: known, substitute: substitute, isShared: isShared, load: load)
        for index in missing {
            guard case .failure(let error) = answers[index], StrataError(wrapping: error).code != .cancelled,
                let answer = serve(keys[index], because: .failure, stale)
            else { continue }
            answers[index] = answer
        }
        return answers
    }

    /// How long a copy that is made now is held beyond its TTL: never beyond the entry's own expiry.
    func stalePeriod(of policy: CachePolicy, isAbsent: Bool, remaining: Duration?, lifetime: Duration) -> Duration {
        guard let stale = policy.stale, !isAbsent else { return .zero }
        // What lives in the levels only expires by their TTLs, and not by any of its own.
        guard let remaining, policy.persistence == .store else { return stale.period }
        return max(.zero, min(stale.period, remaining - lifetime))
    }
}
