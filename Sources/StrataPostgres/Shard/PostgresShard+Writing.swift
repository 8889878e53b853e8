public import StrataCore
import StrataResilience

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension PostgresShard {
    public func apply(_ mutations: [Mutation], context: StoreContext) async -> [Result<MutationOutcome, StrataError>] {
        guard !mutations.isEmpty else { return [] }
        guard context.deadline > .now else { return mutations.map { _ in .failure(lateError) } }
        if mutations.count == 1, refusal(of: mutations[0]) == nil {
            return await applyChunk(mutations, context: context)
        }
        var results: [Result<MutationOutcome, StrataError>] = mutations.map { mutation in
            .failure(refusal(of: mutation) ?? lateError)
        }
        let valid = mutations.indices.filter { refusal(of: mutations[$0]) == nil }
        // One chunk after the other, because a key's mutations run in the order given.
        for chunk in chunks(of: valid, mutations) {
            let answers = await applyChunk(chunk.map { mutations[$0] }, context: context)
            for (index, answer) in zip(chunk, answers) { results[index] = answer }
        }
        return results
    }

    private func chunks(of indices: [Int], _ mutations: [Mutation]) -> [[Int]] {
        var chunks: [[Int]] = []
        var chunk: [Int] = []
        var bytes = 0
        for index in indices {
            let weight = mutations[index].weight
            if chunk.count == PutRequest.rowLimit || (!chunk.isEmpty && bytes + weight > PutRequest.byteLimit * 4) {
                chunks.append(chunk)
                (chunk, bytes) = ([], 0)
            }
            chunk.append(index)
            bytes += weight
        }
        return chunk.isEmpty ? chunks : chunks + [chunk]
    }

    private func applyChunk(
        _ mutations: [Mutation], context: StoreContext
    ) async -> [Result<MutationOutcome, StrataError>] {
        do throws(StrataError) {
            if PutRequest.canTake(mutations) {
                let request = PutRequest(mutations, epoch: context.epoch, shard: name, deadline: context.deadline)
                return try await answer(of: request, request.completion)
            }
            return try await decide(mutations, atomic: false, context: context)
        } catch {
            return mutations.map { _ in .failure(error) }
        }
    }

    public func applyAtomically(
        _ mutations: [Mutation], context: StoreContext
    ) async throws(StrataError) -> [MutationOutcome] {
        guard let first = mutations.first else { return [] }
        let slot = Slot(of: first.key)
        for mutation in mutations {
            if let refusal = refusal(of: mutation) { throw refusal }
            guard Slot(of: mutation.key) == slot else {
                throw StrataError(
                    .invalidArgument,
                    "a transaction's keys share one slot; \(first.key) and \(mutation.key) do not, a common {tag} makes them"
                )
            }
        }
        let results: [Result<MutationOutcome, StrataError>]
        do throws(StrataError) {
            results = try await decide(mutations, atomic: true, context: context)
        } catch {
            guard error.sqlState == PostgresShard.refusedState, let status = Int16(error.message),
                let refused = WriteStatus(rawValue: status)?.error(of: first, epoch: context.epoch, shard: name)
            else { throw error }
            throw refused
        }
        return try results.map { (result) throws(StrataError) in try result.get() }
    }

    /// What `strata.apply` raises when a transaction is refused; the message is the status.
    private static let refusedState = "SK001"

    /// Runs mutations through `strata.apply`, again after a deadlock, which undid all of them, as far as the budget of
    /// retries and the deadline allow.
    private func decide(
        _ mutations: [Mutation], atomic: Bool, context: StoreContext
    ) async throws(StrataError) -> [Result<MutationOutcome, StrataError>] {
        let list = MutationEncoding(mutations: mutations).parameters(
            epoch: context.epoch, atomic: atomic, maximumValueBytes: configuration.maximumValueBytes)
        let decoding = MutationDecoding(mutations: mutations, epoch: context.epoch, shard: name)
        var attempts = 0
        var backoff = PostgresShard.retryPause
        while true {
            do {
                return try await run(.apply, list, isRepeatable: false, context: context) {
                    (result) throws(StrataError) in
                    try decoding.outcomes(result)
                }
            } catch {
                attempts += 1
                let due = ContinuousClock.now + backoff.next()
                guard error.sqlState == SQLState.deadlockDetected, attempts < 3, due < context.deadline,
                    retries.take()
                else { throw error }
                try await pause(until: due)
            }
        }
    }

    /// Why a mutation is not sent at all; nil when it is.
    private func refusal(of mutation: Mutation) -> StrataError? {
        guard mutation.key.bytes.count <= Key.maximumLength else { return tooLong(mutation.key) }
        switch mutation.operation {
        case .put(let value, _, let tags):
            for tag in tags { if let refusal = refusal(of: tag) { return refusal } }
            return tooLong(value, mutation.key)
        case .append(let value): return tooLong(value, mutation.key)
        case .addDecimal(let amount):
            return amount.isFinite ? nil : StrataError(.invalidArgument, "the amount to add is not a number")
        case .delete, .add, .touch: return nil
        }
    }

    private func refusal(of tag: Tag) -> StrataError? {
        guard tag.name.utf8.count > 255 || tag.name.utf8.contains(0) else { return nil }
        return StrataError(.invalidArgument, "a tag has at most 255 bytes and no NUL")
    }

    private func tooLong(_ value: [UInt8], _ key: Key) -> StrataError? {
        guard value.count > configuration.maximumValueBytes else { return nil }
        return StrataError(
            .invalidArgument,
            "the value of \(key) has \(value.count) bytes; this shard takes \(configuration.maximumValueBytes)")
    }

    public func invalidate(_ tag: Tag, context: StoreContext) async throws(StrataError) -> [String: Version] {
        if let refusal = refusal(of: tag) { throw refusal }
        var list = ParameterList()
        list.append(text: tag.name)
        let version = try await run(.invalidateTag, list, isRepeatable: false, context: context) { result in
            Version(rawValue: UInt64(bitPattern: result.integer(0, 0) ?? 0))
        }
        return [name: version]
    }

    public func removeAll(context: StoreContext) async throws(StrataError) {
        try checkDeadline(context)
        var list = ParameterList()
        list.append(Int64(bitPattern: context.epoch.rawValue))
        let parameters = list
        while true {
            do throws(StrataError) {
                let done = try await sessions.withSession(deadline: context.deadline) { session throws(StrataError) in
                    try await session.run(
                        "SELECT strata.remove_all($1)", parameters, deadline: context.deadline
                    ) { $0.bool(0, 0) }
                }
                if done { return }
                throw StrataError(
                    .notOwned, "slots were assigned after epoch \(context.epoch.rawValue); refresh the shard map",
                    origin: name)
            } catch {
                let isContended = [SQLState.lockNotAvailable, SQLState.deadlockDetected].contains(error.sqlState ?? "")
                guard isContended, context.deadline > .now else { throw error }
            }
            // Writers that waited behind the lock go first.
            try await pause(until: .now + .milliseconds(Int.random(in: 10...60)))
        }
    }

    private func pause(until due: ContinuousClock.Instant) async throws(StrataError) {
        do {
            try await Task.sleep(until: due)
        } catch {
            throw StrataError(.cancelled, "the calling task was cancelled", origin: name)
        }
    }
}
