import Logging
import NIOConcurrencyHelpers
import StrataCore

extension EmbeddedStore {
    /// One round: turns expired values into tombstones, collects old tombstones, and moves the logs into the files.
    ///
    /// Each step is a small transaction among those of the writers, so that nobody waits long behind it.
    package func maintain() async {
        for (index, shard) in shards.enumerated() {
            do throws(StrataError) {
                try await sweep(shard)
                let context = StoreContext(deadline: .now + .seconds(60))
                try await inBackground(by: context) { (gathering: Gathering<Void>) in
                    .checkpoint(shard: index, gathering)
                }
            } catch {
                guard error.code != .cancelled, error.code != .shutdown else { return }
                logger.warning(
                    "The maintenance of a shard failed and is tried again in the next round.",
                    metadata: ["shard": "\(shard.name)", "error": "\(error)"])
            }
        }
    }

    private func sweep(_ shard: EmbeddedShard) async throws(StrataError) {
        let limit = configuration.maintenance.batch
        var handled = limit
        while handled >= limit {
            let upkeep = Upkeep(
                collectsBefore: clock.milliseconds() - configuration.maintenance.tombstoneGrace.wholeMilliseconds,
                limit: limit, probes: shard.statistics.withLockedValue { $0.writeError != nil })
            let gathering = Gathering<Int>(parts: 1)
            shard.writes.submit(
                WriteRequest(work: .maintain(upkeep, part: 0, gathering), deadline: .now + .seconds(60)))
            handled = try await gathering.results()[0].get()
        }
    }
}
