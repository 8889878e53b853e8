public import StrataCore

/// An entry as it was read: what the bytes say, and the version to compare when writing.
struct RedisStored {
    var state: StoredState
    /// The version in the bytes; nil when the key was missing.
    var readVersion: Version?
}

extension RedisStore {
    /// One `MGET` for the counter and all keys, so that absences have a version that fits what was read.
    public func read(_ keys: [Key], context: StoreContext) async -> [Result<Entry, StrataError>] {
        guard !keys.isEmpty else { return [] }
        do throws(StrataError) {
            let (stored, now) = try await load(keys, context: context)
            return stored.map { $0.map { $0.state.entry(at: now) } }
        } catch {
            return Array(repeating: .failure(located(error)), count: keys.count)
        }
    }

    public var callbackReads: (any CallbackReads)? { client.single == nil ? nil : self }

    /// As the other, where the calling thread is an event loop that has connections of its own.
    public func read(
        _ keys: [Key], context: StoreContext, answer: @escaping ([Result<Entry, StrataError>]?) -> Void
    ) -> Bool {
        guard let node = client.single else { return false }
        return node.send(question(keys), deadline: context.deadline) { replies in
            do throws(StrataError) {
                answer(try found(keys, in: try replies.get()) { $0.state.entry(at: $1) }?.answers)
            } catch {
                answer(Array(repeating: .failure(located(error)), count: keys.count))
            }
        }
    }

    /// Reads keys, and the server's time in milliseconds since 1970.
    func load(
        _ keys: [Key], context: StoreContext
    ) async throws(StrataError) -> (stored: [Result<RedisStored, StrataError>], now: Int64) {
        let question = question(keys)
        while true {
            let replies = try await client.send(question, at: place, deadline: context.deadline)
            if let (stored, now) = try found(keys, in: replies, as: { stored, _ in stored }) { return (stored, now) }
            // The first use of the server: nothing has a version yet.
            _ = try await drawVersion(context)
        }
    }

    private func question(_ keys: [Key]) -> [RedisCommand] {
        var command = RedisCommand("MGET", records[0])
        // A key that is too long is answered without asking; the counter stands in for it.
        for key in keys {
            if refusal(of: key) == nil { keyspace.append(key, to: &command) } else { command.append(records[0]) }
        }
        return [command, RedisStore.time]
    }

    private static let time = RedisCommand(words: "TIME")

    /// What the replies to a question say of its keys; nil where the server has not made a version yet.
    private func found<Answer>(
        _ keys: [Key], in replies: [RedisReply], as make: (_ stored: RedisStored, _ now: Int64) -> Answer
    ) throws(StrataError) -> (answers: [Result<Answer, StrataError>], now: Int64)? {
        guard let values = try replies[0].successful().elements, values.count == keys.count + 1 else {
            throw .unexpected(replies[0], to: "MGET")
        }
        guard let now = replies[1].timeMilliseconds else { throw .unexpected(replies[1], to: "TIME") }
        guard let floor = Version(values[0]) else { return nil }
        let answers = zip(keys, values.dropFirst()).map { key, value in
            stored(value, of: key, absentSince: floor, at: now).map { make($0, now) }
        }
        return (answers, now)
    }

    private func stored(
        _ reply: RedisReply, of key: Key, absentSince floor: Version, at now: Int64
    ) -> Result<RedisStored, StrataError> {
        if let refusal = refusal(of: key) { return .failure(refusal) }
        guard case .bulk(let bytes) = reply else {
            return .success(RedisStored(state: StoredState(content: .absent, version: floor)))
        }
        do throws(StrataError) {
            let envelope = try Envelope(decoding: bytes)
            guard envelope.cluster == cluster else {
                throw StrataError(.incompatible, "it belongs to another cluster; give each one a prefix of its own")
            }
            var state = StoredState(
                content: envelope.entry.content, version: envelope.entry.version, deadline: envelope.deadline,
                tags: envelope.entry.tags)
            // The server drops expired keys itself, unless our request met it within the same millisecond.
            if let deadline = state.deadline, deadline <= now {
                state = StoredState(content: .absent, version: max(floor, state.version))
            }
            return .success(RedisStored(state: state, readVersion: envelope.entry.version))
        } catch {
            var error = error
            error.message = "key \(key): \(error.message)"
            return .failure(located(error))
        }
    }
}
