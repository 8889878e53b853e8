import StrataCore
import StrataMemory

/// How a service's own loader takes part in a read.
struct Loader<Stored: Sendable>: Sendable {
    /// A loaded value in the forms that memory and the levels below take.
    struct Found: Sendable {
        let stored: Stored
        let bytes: [UInt8]
    }

    /// Loads keys; those it finds nothing for are not in its answer.
    let load: @Sendable ([Key]) async throws -> [Key: Result<Found, StrataError>]
    /// What memory holds where the loader found nothing.
    let absence: Stored
}

extension CacheEngine {
    /// Answers keys from the levels, and those that no level and not the store has from the service's loader.
    ///
    /// What the loader finds is written through: store first, then the levels. That it found nothing is remembered for the
    /// negative TTL, apart from the store's knowledge that it has none.
    func read(_ keys: [Key], freshness: Freshness, loader: Loader<Stored>) async -> [Answer] {
        // An absence in the store is no answer here: the loader has not been asked.
        let known = keys.map { key -> Answer? in
            guard let resolved = remembered(key, freshness: freshness), !resolved.content.isAbsent else { return nil }
            return .success(resolved)
        }
        guard known.contains(where: { $0 == nil }) else { return known.map { $0! } }
        return await answers(
            for: keys, known: known, freshness: freshness, from: loads, isShared: false
        ) { [self] departure in
            let readAt = time.now
            let answers = await chain.read(departure.keys.map(storeKey), freshness: freshness, policy: policy)
            var missing: [(index: Int, key: Key, version: Version)] = []
            for (index, (key, entry)) in zip(departure.keys, answers.entries).enumerated() {
                switch decode(entry, key, readAt) {
                case .success(let resolved) where resolved.content.isAbsent:
                    missing.append((index, key, resolved.version))
                case .failure where policy.persistence == .levels:
                    // The levels are broken and the loader has the truth: they must not stand in its way.
                    missing.append((index, key, .zero))
                case let answer:
                    land(departure, index, key, answer)
                }
            }
            await load(missing, with: loader, for: departure)
            // Absences are not offered: the loader's answer replaces them.
            await chain.fill(answers.offers.filter { $0.entry.content != .absent })
        }
    }

    private typealias Missing = (index: Int, key: Key, version: Version)

    private func load(
        _ missing: [Missing], with loader: Loader<Stored>, for departure: SingleFlight<Resolved<Stored>>.Departure
    ) async {
        guard !missing.isEmpty else { return }
        let readAt = time.now
        var found: [(missing: Missing, value: Loader<Stored>.Found)] = []
        var absent: [Missing] = []
        do {
            let values = try await loader.load(missing.map(\.key))
            for entry in missing {
                switch values[entry.key] {
                case .success(let value): found.append((entry, value))
                case .failure(let error): departure.land(entry.index, .failure(error)) {}
                case nil: absent.append(entry)
                }
            }
        } catch {
            for entry in missing { departure.land(entry.index, .failure(error)) {} }
            return
        }
        await persist(found, readAt: readAt, for: departure)
        await remember(absent: absent, with: loader, readAt: readAt, for: departure)
    }

    /// Writes loaded values through, unless somebody else wrote the key meanwhile: then that is the answer.
    private func persist(
        _ found: [(missing: Missing, value: Loader<Stored>.Found)], readAt: Timestamp,
        for departure: SingleFlight<Resolved<Stored>>.Departure
    ) async {
        guard !found.isEmpty else { return }
        let ttl = policy.persistence == .levels ? policy.shared.ttl : policy.timeToLive
        let mutations = found.map { entry in
            Mutation(
                .put(entry.value.bytes), key: storeKey(entry.missing.key), condition: .ifAbsent,
                expiry: ttl.map { .after($0) } ?? .never)
        }
        var overtaken: [Missing] = []
        for (entry, result) in zip(found, await chain.apply(mutations, policy: policy)) {
            var resolved = Resolved(
                content: .value(entry.value.stored), version: entry.missing.version, remaining: ttl, readAt: readAt)
            switch result {
            case .success(let written) where written.outcome.applied:
                resolved.version = written.outcome.version
                departure.land(entry.missing.index, .success(resolved)) { [resolved] in
                    keep(resolved, for: entry.missing.key, isAbsent: false)
                }
            case .success:
                overtaken.append(entry.missing)
            case .failure:
                // The caller needs the value, which is good; that the levels can't keep it costs a load next time.
                departure.land(entry.missing.index, .success(resolved)) { [resolved] in
                    guard policy.persistence == .levels else { return }
                    var kept = resolved
                    // No version was made for it, and what memory holds is older all the same.
                    if let held = memory?.entry(entry.missing.key) { kept.version = max(kept.version, held.version) }
                    keep(kept, for: entry.missing.key, isAbsent: false)
                }
            }
        }
        guard !overtaken.isEmpty else { return }
        let answers = await chain.read(
            overtaken.map { storeKey($0.key) }, freshness: .strong, policy: policy)
        for (entry, answer) in zip(overtaken, answers.entries) {
            land(departure, entry.index, entry.key, decode(answer, entry.key, readAt))
        }
    }

    private func remember(
        absent: [Missing], with loader: Loader<Stored>, readAt: Timestamp,
        for departure: SingleFlight<Resolved<Stored>>.Departure
    ) async {
        guard !absent.isEmpty else { return }
        for entry in absent {
            let resolved = Resolved(content: .value(loader.absence), version: entry.version, readAt: readAt)
            departure.land(entry.index, .success(resolved)) {
                keep(resolved, for: entry.key, isAbsent: true)
            }
        }
        let content = Entry.Content.value([], .loadedAbsence)
        let lifetime = policy.lifetime(in: policy.shared, isAbsent: true, remaining: nil)
        guard lifetime > .zero else { return }
        switch policy.persistence {
        case .store:
            await chain.fill(
                absent.map {
                    TierOffer(
                        key: storeKey($0.key), entry: Entry(version: $0.version, content: content), lifetime: lifetime)
                })
        case .levels:
            _ = await chain.store.apply(
                absent.map {
                    Mutation(
                        .put([], type: .loadedAbsence), key: storeKey($0.key), condition: .ifAbsent,
                        expiry: .after(lifetime))
                }, context: chain.storeWriting)
        }
    }
}
