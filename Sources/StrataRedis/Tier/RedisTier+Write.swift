public import StrataCore

extension RedisTier {
    /// A hundred years: what Redis still adds to its clock without overflow.
    private static let longestLife: Int64 = 100 * 365 * 24 * 3600 * 1000

    public func offer(
        _ offers: [TierOffer], deadline: ContinuousClock.Instant
    ) async -> [Result<Bool, StrataError>] {
        // An entry that has no time left is not worth a copy.
        var results = [Result<Bool, StrataError>](repeating: .success(false), count: offers.count)
        let calls = offers.enumerated().compactMap { index, offer in call(for: offer).map { (index, $0) } }
        guard !calls.isEmpty else { return results }
        await client.evaluate(calls.map(\.1), deadline: deadline) { number, answer in
            results[calls[number].0] = answer.flatMap { reply in
                reply.integer.map { .success($0 == 1) } ?? .failure(.unexpected(reply, to: "EVALSHA"))
            }.mapError(located)
        }
        return results
    }

    private func call(for offer: TierOffer) -> RedisScriptCall? {
        let remaining = offer.entry.remaining?.wholeMilliseconds
        var life = offer.lifetime.wholeMilliseconds
        if let remaining { life = min(life, remaining) }
        if !offer.entry.tags.isEmpty { life = min(life, retention.taggedCopy.wholeMilliseconds) }
        guard life > 0 else { return nil }
        let envelope = Envelope(entry: offer.entry, cluster: cluster)
        return RedisTierScripts.offer.call(
            keys: [keyspace.name(of: offer.key)],
            arguments: [
                envelope.encoded(), Array("\(min(life, RedisTier.longestLife))".utf8),
                Array(remaining.map { "\(min($0, RedisTier.longestLife))" }?.utf8 ?? "".utf8),
            ])
    }

    public func invalidate(
        _ keys: [(key: Key, version: Version)], deadline: ContinuousClock.Instant
    ) async -> [Result<Void, StrataError>] {
        guard !keys.isEmpty else { return [] }
        let life = Array("\(retention.invalidation.wholeMilliseconds)".utf8)
        let calls = keys.map { key, version in
            // An absence that expired in 1970: a read takes it for nothing, an offer compares its version.
            let floor = Envelope(entry: .absent(version: version), cluster: cluster, deadline: 0)
            return RedisTierScripts.invalidate.call(
                keys: [keyspace.name(of: key)], arguments: [floor.encoded(), life])
        }
        var results = [Result<Void, StrataError>](repeating: .success(()), count: keys.count)
        await client.evaluate(calls, deadline: deadline) { number, answer in
            results[number] = answer.flatMap { reply in
                reply.integer == nil ? .failure(.unexpected(reply, to: "EVALSHA")) : .success(())
            }.mapError(located)
        }
        return results
    }

    public func invalidate(
        _ tag: Tag, below versions: [String: Version], deadline: ContinuousClock.Instant
    ) async throws(StrataError) {
        guard !versions.isEmpty else { return }
        let life = retention.taggedCopy.wholeMilliseconds.multipliedReportingOverflow(by: 2)
        var arguments = [Array("\(life.overflow ? RedisTier.longestLife : life.partialValue)".utf8)]
        for (shard, version) in versions {
            var bytes: [UInt8] = []
            bytes.appendBigEndian(version.rawValue)
            arguments += [tagField(shard), bytes]
        }
        let record = keyspace.record(of: tag)
        let call = RedisTierScripts.invalidateTag.call(keys: [record], arguments: arguments)
        let replies = try await client.evaluate([call], at: client.place(of: record), deadline: deadline)
        guard replies.first?.integer == 1 else { throw located(.unexpected(replies[0], to: "EVALSHA")) }
    }
}
