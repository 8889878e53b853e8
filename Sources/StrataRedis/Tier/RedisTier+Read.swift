public import StrataCore

extension RedisTier {
    /// One `MGET` per server for all keys; a second round trip only when copies with tags are among them.
    public func read(_ keys: [Key], deadline: ContinuousClock.Instant) async -> [Result<Entry?, StrataError>] {
        guard !keys.isEmpty else { return [] }
        var results: [Result<Entry?, StrataError>]
        if client.isSpread {
            results = await readSpread(keys, deadline: deadline)
        } else {
            var command = RedisCommand("MGET")
            for key in keys { keyspace.append(key, to: &command) }
            do throws(StrataError) {
                let reply = try await client.send(command, deadline: deadline)
                let now = client.now(at: .only)
                results = try entries(in: reply, of: keys, at: now)
            } catch {
                return Array(repeating: .failure(located(error)), count: keys.count)
            }
        }
        await dropInvalidated(&results, of: keys, deadline: deadline)
        return results
    }

    /// One `MGET` per place; where a place's keys may be in two servers for a while, one per key.
    private func readSpread(
        _ keys: [Key], deadline: ContinuousClock.Instant
    ) async -> [Result<Entry?, StrataError>] {
        var results = [Result<Entry?, StrataError>](repeating: .success(nil), count: keys.count)
        var groups: [(place: RedisPlace, indices: [Int])] = []
        var order: [RedisPlace: Int] = [:]
        for (index, key) in keys.enumerated() {
            let place = client.place(of: keyspace.name(of: key))
            if let group = order[place] {
                groups[group].indices.append(index)
            } else {
                if client.topology.joinsKeys { order[place] = groups.count }
                groups.append((place, [index]))
            }
        }
        let commands = groups.map { group in
            var command = RedisCommand("MGET")
            for index in group.indices { keyspace.append(keys[index], to: &command) }
            return command
        }
        let places = groups.map(\.place)
        for (group, answer) in zip(groups, await client.route(commands, at: places, deadline: deadline)) {
            let now = client.now(at: group.place)
            do throws(StrataError) {
                let entries = try entries(in: try answer.get(), of: group.indices.map { keys[$0] }, at: now)
                for (index, entry) in zip(group.indices, entries) { results[index] = entry }
            } catch {
                for index in group.indices { results[index] = .failure(located(error)) }
            }
        }
        return results
    }

    /// The entries in the answer to an `MGET`.
    private func entries(
        in answer: RedisReply, of keys: [Key], at now: Int64?
    ) throws(StrataError) -> [Result<Entry?, StrataError>] {
        let reply = try answer.successful()
        guard let values = reply.elements, values.count == keys.count else { throw .unexpected(reply, to: "MGET") }
        return zip(keys, values).map { key, value in entry(from: value, of: key, at: now) }
    }

    /// The entry in a reply; nil when the tier knows nothing of the key.
    private func entry(from reply: RedisReply, of key: Key, at now: Int64?) -> Result<Entry?, StrataError> {
        // A value that is no string comes back as null: nothing of ours.
        guard case .bulk(let bytes) = reply else { return .success(nil) }
        do throws(StrataError) {
            let envelope = try Envelope(decoding: bytes)
            guard envelope.cluster == cluster else { return .success(nil) }
            var entry = envelope.entry
            if let deadline = envelope.deadline {
                guard let now, deadline > now else { return .success(nil) }
                entry.remaining = .milliseconds(deadline - now)
            }
            return .success(entry)
        } catch {
            var error = error
            error.message = "key \(key): \(error.message)"
            return .failure(located(error))
        }
    }

    /// Replaces entries by nothing that have a tag which was invalidated after their version.
    private func dropInvalidated(
        _ results: inout [Result<Entry?, StrataError>], of keys: [Key], deadline: ContinuousClock.Instant
    ) async {
        var tagged: [Int] = []
        var questions: [TagQuestion] = []
        var order: [TagQuestion: Int] = [:]
        for (index, result) in results.enumerated() {
            guard case .success(let entry?) = result, !entry.tags.isEmpty else { continue }
            tagged.append(index)
            for tag in entry.tags {
                let question = TagQuestion(tag: tag, shard: shardName(keys[index]))
                guard order[question] == nil else { continue }
                order[question] = questions.count
                questions.append(question)
            }
        }
        guard !tagged.isEmpty else { return }

        let records = questions.map { keyspace.record(of: $0.tag) }
        let commands = zip(questions, records).map { question, record in
            RedisCommand("HGET", record, tagField(question.shard))
        }
        var floors = [Result<Version, StrataError>](repeating: .success(.zero), count: questions.count)
        await client.send(commands, at: records.map(client.place), deadline: deadline) { number, answer in
            floors[number] =
                switch answer {
                case .success(.null): .success(.zero)
                case .success(.bulk(let bytes)) where bytes.count == 8:
                    .success(Version(rawValue: bytes.reduce(0) { $0 << 8 | UInt64($1) }))
                case .success(let reply): .failure(located(.unexpected(reply, to: "HGET")))
                case .failure(let error): .failure(located(error))
                }
        }
        for index in tagged {
            guard case .success(let entry?) = results[index] else { continue }
            for tag in entry.tags {
                guard let place = order[TagQuestion(tag: tag, shard: shardName(keys[index]))] else { continue }
                switch floors[place] {
                case .success(let floor) where entry.version < floor: results[index] = .success(nil)
                case .success: break
                case .failure(let error): results[index] = .failure(error)
                }
            }
        }
    }

    private struct TagQuestion: Hashable {
        var tag: Tag
        var shard: String
    }

    /// The field of a shard in a tag's record: the versions of another cluster with the same names do not count.
    func tagField(_ shard: String) -> [UInt8] {
        var field: [UInt8] = []
        field.appendBigEndian(cluster)
        return field + Array(shard.utf8)
    }
}
