import StrataCore

extension RedisStore {
    /// Lua's numbers are exact up to here; later deadlines go the other way.
    private static let exactMilliseconds: Int64 = 1 << 51

    /// Whether a mutation can run without reading first.
    func isDirect(_ mutation: Mutation) -> Bool {
        guard mutation.condition == .always, mutation.expiryCondition == .always else { return false }
        switch mutation.operation {
        case .delete: return true
        case .put: break
        case .append, .add, .addDecimal, .touch: return false
        }
        switch mutation.expiry {
        case .keep, .never: return true
        case .after(let duration): return duration.wholeMilliseconds.magnitude < RedisStore.exactMilliseconds.magnitude
        case .at(let milliseconds): return milliseconds.magnitude < RedisStore.exactMilliseconds.magnitude
        }
    }

    /// Runs unconditional puts and deletes of different keys: one script each, all in one round trip.
    func write(
        _ mutations: [Mutation], context: StoreContext
    ) async -> [Result<MutationOutcome, StrataError>] {
        guard !mutations.isEmpty else { return [] }
        do throws(StrataError) {
            let replies = try await client.evaluate(mutations.map(call), at: place, deadline: context.deadline)
            return zip(mutations, replies).map { mutation, reply in
                do throws(StrataError) {
                    return .success(try outcome(of: mutation, reply))
                } catch {
                    return .failure(located(error))
                }
            }
        } catch {
            return Array(repeating: .failure(located(error)), count: mutations.count)
        }
    }

    private func call(_ mutation: Mutation) -> RedisScriptCall {
        var body: [UInt8] = []
        if case .put(let bytes, let type, let tags) = mutation.operation {
            let entry = Entry(version: .zero, content: .value(bytes, type), tags: tags)
            body = Envelope(entry: entry, cluster: cluster).encoded()
        }
        let (rule, milliseconds): (String, Int64) =
            switch mutation.expiry {
            case .keep: ("keep", 0)
            case .never: ("never", 0)
            case .after(let duration): ("after", duration.wholeMilliseconds)
            case .at(let milliseconds): ("at", milliseconds)
            }
        return RedisStoreScripts.write.call(
            keys: records + [keyspace.name(of: mutation.key)],
            arguments: [
                body, Array("\(KeyPosition(of: mutation.key).rawValue)".utf8), Array(rule.utf8),
                Array("\(milliseconds)".utf8), Array((mutation.returnsPrevious ? "1" : "0").utf8),
            ])
    }

    private func outcome(of mutation: Mutation, _ reply: RedisReply) throws(StrataError) -> MutationOutcome {
        guard let parts = reply.elements, parts.count == 6, let applied = parts[0].integer,
            let existed = parts[1].integer, let version = Version(parts[2]), let deadlineText = parts[3].bytes,
            let now = parts[4].integer
        else { throw .unexpected(reply, to: "EVALSHA") }
        var outcome = MutationOutcome(applied: applied == 1, existed: existed == 1, version: version)
        let deadline = Int64(String(decoding: deadlineText, as: UTF8.self))
        if outcome.applied {
            var state = StoredState(content: .absent, version: version)
            // A put whose deadline has passed is a delete.
            if case .put(let bytes, let type, let tags) = mutation.operation, !isPast(mutation.expiry, at: now) {
                state = StoredState(
                    content: .value(bytes, type), version: version, deadline: deadline, tags: tags)
            }
            outcome.current = state.entry(at: now)
        }
        // What something else has put there is no previous entry.
        if let bytes = parts[5].bytes, let envelope = try? Envelope(decoding: bytes) {
            let state = StoredState(
                content: envelope.entry.content, version: envelope.entry.version, deadline: envelope.deadline,
                tags: envelope.entry.tags)
            outcome.previous = state.entry(at: now)
        }
        return outcome
    }

    private func isPast(_ expiry: Mutation.Expiry, at now: Int64) -> Bool {
        switch expiry {
        case .keep, .never: false
        case .after(let duration): duration.wholeMilliseconds <= 0
        case .at(let milliseconds): milliseconds <= now
        }
    }
}
