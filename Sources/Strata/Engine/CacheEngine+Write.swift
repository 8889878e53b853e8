import StrataCore
import StrataMemory

extension CacheEngine {
    /// Runs mutations of the cache's own keys, then brings memory up to date.
    func apply(_ mutations: [Mutation]) async -> [Result<LevelChain.Written, StrataError>] {
        let written = await chain.apply(mutations.map(addressed), policy: policy)
        for (mutation, result) in zip(mutations, written) { note(result, of: mutation.key) }
        return written
    }

    /// Runs mutations of keys of one slot, all or none, then brings memory up to date.
    func applyAtomically(_ mutations: [Mutation]) async throws(StrataError) -> [LevelChain.Written] {
        do {
            let written = try await chain.applyAtomically(mutations.map(addressed), policy: policy)
            for (mutation, written) in zip(mutations, written) { note(.success(written), of: mutation.key) }
            return written
        } catch {
            for mutation in mutations { note(.failure(error), of: mutation.key) }
            throw error
        }
    }

    private func addressed(_ mutation: Mutation) -> Mutation {
        guard !prefix.isEmpty else { return mutation }
        var addressed = mutation
        addressed.key = storeKey(mutation.key)
        return addressed
    }

    private func note(_ result: Result<LevelChain.Written, StrataError>, of key: Key) {
        switch result {
        case .failure(let error):
            // The write may have happened all the same; what memory holds could be older than it.
            if error.mayHaveHappened { drop(key) }
        case .success(let written) where written.outcome.applied:
            let outcome = written.outcome
            fence(key)
            registry.invalidate(storeKey(key), below: outcome.version)
            let entry = outcome.current ?? .absent(version: outcome.version)
            guard let resolved = try? decoded(entry, key: key, readAt: time.now) else { return drop(key) }
            keep(resolved, for: key, isAbsent: resolved.content.isAbsent)
        case .success: break
        }
    }

    private func drop(_ key: Key) {
        fence(key)
        if !isMemoryAuthority { memory?.remove(key) }
    }

    private func fence(_ key: Key) {
        reads.fence(key)
        loads.fence(key)
    }

    /// Drops the copies of keys in every level, here and in the other processes; the store keeps what it has.
    func invalidate(_ keys: [Key]) async throws(StrataError) {
        for key in keys { drop(key) }
        try await chain.invalidate(keys.map(storeKey))
        for key in keys { drop(key) }
    }
}

extension CacheEngine: RegisteredCache {
    func invalidate(_ key: Key, below version: Version) {
        fence(key)
        memory?.invalidate(key, below: version)
    }

    func invalidate(_ tag: Tag) {
        reads.fenceAll()
        loads.fenceAll()
        memory?.invalidate(tag)
    }

    func purge() {
        reads.fenceAll()
        loads.fenceAll()
        if !isMemoryAuthority { memory?.removeAll() }
    }

    func expire(limit: Int) -> Expiry { memory?.expire(limit: limit) ?? Expiry(removed: 0, isComplete: true) }

    var memoryStatistics: MemoryStatistics? { memory?.statistics }
    var staleStatistics: StaleStatistics { staleReads.statistics }
}
