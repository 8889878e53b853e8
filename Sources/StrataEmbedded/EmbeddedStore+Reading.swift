import NIOConcurrencyHelpers
public import StrataCore

extension EmbeddedStore {
    public func read(_ keys: [Key], context: StoreContext) async -> [Result<Entry, StrataError>] {
        guard !keys.isEmpty else { return [] }
        let gathering = Gathering<Entry>(parts: keys.count)
        var parts = [[Int]](repeating: [], count: shards.count)
        let isLate = context.deadline <= .now
        for (index, key) in keys.enumerated() {
            do throws(StrataError) {
                try key.validate()
                if isLate { throw EmbeddedStore.late }
                parts[shard(of: key)].append(index)
            } catch {
                gathering.fill(index, .failure(error))
            }
        }
        for (shard, parts) in zip(shards, parts) where !parts.isEmpty {
            shard.reads.submit(
                ReadRequest(
                    keys: parts.map { keys[$0] }, parts: parts, gathering: gathering, deadline: context.deadline))
        }
        return await gathering.results()
    }

    public func scan(
        from start: KeyPosition, count: Int, context: StoreContext
    ) async throws(StrataError) -> ScanPage {
        guard (1...10_000).contains(count) else {
            throw StrataError(.invalidArgument, "a page of a scan has 1 to 10,000 keys, not \(count)")
        }
        return try await inBackground(by: context) { .scan(from: start, count: count, $0) }
    }

    public func count(context: StoreContext) async throws(StrataError) -> Int {
        try await inBackground(by: context) { .count($0) }
    }

    public func health(context: StoreContext) async -> [ServerHealth] {
        guard context.deadline > .now else {
            return shards.map { ServerHealth($0.name, .down(EmbeddedStore.late)) }
        }
        let gathering = Gathering<Entry>(parts: shards.count)
        for (index, shard) in shards.enumerated() {
            // Any key does: what counts is that the file answers.
            shard.reads.submit(
                ReadRequest(keys: [Key([])], parts: [index], gathering: gathering, deadline: context.deadline))
        }
        return zip(shards, await gathering.results()).map { shard, result in
            if case .failure(let error) = result { return ServerHealth(shard.name, .down(error)) }
            let error = shard.statistics.withLockedValue(\.writeError)
            return ServerHealth(shard.name, error.map { .readOnly($0) } ?? .serving)
        }
    }

    /// The error of a request that comes after its own deadline.
    static var late: StrataError { StrataError(.timeout, "the request's deadline had passed before it was made") }

    /// Does work over many rows and answers its result.
    func inBackground<Value: Sendable>(
        by context: StoreContext, _ work: (Gathering<Value>) -> BackgroundRequest.Work
    ) async throws(StrataError) -> Value {
        guard context.deadline > .now else { throw EmbeddedStore.late }
        let gathering = Gathering<Value>(parts: 1)
        background.submit(BackgroundRequest(work: work(gathering), deadline: context.deadline))
        return try await gathering.results()[0].get()
    }
}
