import Logging
import StrataCore

extension LevelChain {
    /// Makes the repairs that writers left, as soon as level 2 and the sources can be reached, until the task is cancelled.
    ///
    /// Writers leave a repair when the store took a write and level 2 or a source could not be told. A writer that dies
    /// before its repair loses it; level 2's TTL bounds how long that shows.
    func runRepairs() async throws {
        for await _ in repairs.arrivals {
            var backoff = Backoff(first: .milliseconds(50), last: .seconds(5))
            while case let batch = repairs.take(limit: 512), !batch.isEmpty {
                let failed = await make(batch)
                repairs.finish(failed: failed)
                guard !failed.isEmpty else {
                    backoff.reset()
                    continue
                }
                try await Task.sleep(for: backoff.next())
            }
            logger.info("kept invalidations were delivered")
        }
    }

    /// - Returns: the repairs that have to be tried again.
    private func make(_ batch: [Repair]) async -> [Repair] {
        var failed: [Repair] = []
        var versions: [(key: Key, version: Version)] = []
        var events: [InvalidationEvent] = []
        for repair in batch {
            switch repair {
            case .key(let key, let version):
                // An event says "below", level 2 is told the highest version to drop.
                versions.append((key, Version(rawValue: max(version.rawValue, 1) - 1)))
                events.append(.key(key, below: version))
            case .uncertain(let key):
                do { try await invalidate([key]) } catch { failed.append(repair) }
            case .tag(let tag):
                do { try await invalidate(tag) } catch { failed.append(repair) }
            case .removal:
                do {
                    try await levelsOnlyStore?.makeUpForRemovals(context: storeWriting)
                    events.append(.everything)
                } catch {
                    failed.append(repair)
                }
            case .everything:
                do {
                    try await tier?.removeAll(deadline: tierRemovalDeadline)
                    events.append(.everything)
                } catch {
                    failed.append(repair)
                }
            }
        }
        if let tier, !versions.isEmpty {
            for (entry, answer) in zip(versions, await tier.invalidate(versions, deadline: tierWriteDeadline)) {
                guard case .failure = answer else { continue }
                failed.append(.key(entry.key, below: Version(rawValue: entry.version.rawValue + 1)))
            }
        }
        if !events.isEmpty, await !publish(events) {
            failed += events.map { event in
                switch event {
                case .key(let key, let version): .key(key, below: version)
                case .tag(let tag): .tag(tag)
                case .everything: .everything
                }
            }
        }
        return failed
    }
}
