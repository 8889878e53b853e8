public import StrataCore

extension RedisTier {
    /// One `MGET` for all keys; a second round trip only when copies with tags are among them.
    public func read(_ keys: [Key], deadline: ContinuousClock.Instant) async -> [Result<Entry?, StrataError>] {
        guard !keys.isEmpty else { return [] }
        var command = RedisCommand("MGET")
        for key in keys { keyspace.append(key, to: &command) }
        do throws(StrataError) {
            let reply = try await client.send(command, deadline: deadline).successful()
            guard let values = reply.elements, values.count == keys.count else {
                throw .unexpected(reply, to: "MGET")
            }
            let now = client.clock.now()
            var results = zip(keys, values).map { key, value in entry(from: value, of: key, at: now) }
            await dropInvalidated(&results, of: keys, deadline: deadline)
            return results
        } catch {
            return Array(repeating: .failure(located(error)), count: keys.count)
        }
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

        let floors: [Result<Version, StrataError>]
        do throws(StrataError) {
            let commands = questions.map { question in
                RedisCommand("HGET", keyspace.record(of: question.tag), tagField(question.shard))
            }
            floors = try await client.send(commands, deadline: deadline).map { reply in
                switch reply {
                case .null: .success(.zero)
                case .bulk(let bytes) where bytes.count == 8:
                    .success(Version(rawValue: bytes.reduce(0) { $0 << 8 | UInt64($1) }))
                default: .failure(located(.unexpected(reply, to: "HGET")))
                }
            }
        } catch {
            for index in tagged { results[index] = .failure(located(error)) }
            return
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
