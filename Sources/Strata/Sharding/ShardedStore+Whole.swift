public import StrataCore
import StrataSharding

/// What concerns all shards at once.
extension ShardedStore {
    /// One page of all keys, in the order of their positions over all shards.
    ///
    /// Every shard is asked from the same position, because the order is by slot and a slot may move between two pages.
    public func scan(
        from start: KeyPosition, count: Int, context: StoreContext
    ) async throws(StrataError) -> ScanPage {
        let answers = await each(context) { (shard, context) throws(StrataError) in
            try await shard.scan(from: start, count: count, context: context)
        }
        var pages: [ScanPage] = []
        for (_, answer) in answers { pages.append(try answer.get()) }
        // Beyond the first page's end nothing is complete: that shard may still have keys there.
        let end = pages.compactMap(\.next).min()
        let entries = pages.flatMap(\.keys)
            .map { (position: KeyPosition(of: $0.key), entry: $0) }
            .filter { entry in end.map { entry.position < $0 } ?? true }
            .sorted { $0.position < $1.position }
        guard entries.count > count else { return ScanPage(keys: entries.map(\.entry), next: end) }
        let last = entries[count - 1].position
        let page = entries.prefix { $0.position <= last }
        return ScanPage(keys: page.map(\.entry), next: page.count < entries.count ? last.next : end)
    }

    public func count(context: StoreContext) async throws(StrataError) -> Int {
        var sum = 0
        for (_, answer) in await each(
            context,
            { (shard, context) throws(StrataError) in
                try await shard.count(context: context)
            })
        { sum += try answer.get() }
        return sum
    }

    public func removeAll(context: StoreContext) async throws(StrataError) {
        let answers = await each(context) { (shard, context) throws(StrataError) in
            try await shard.removeAll(context: context)
        }
        for (_, answer) in answers { try answer.get() }
    }

    public func invalidate(_ tag: Tag, context: StoreContext) async throws(StrataError) -> [String: Version] {
        var versions: [String: Version] = [:]
        for (_, answer) in await each(
            context,
            { (shard, context) throws(StrataError) in
                try await shard.invalidate(tag, context: context)
            })
        { versions.merge(try answer.get()) { max($0, $1) } }
        return versions
    }

    /// In the order of the shards' names.
    public func health(context: StoreContext) async -> [ServerHealth] {
        let answers = await each(context) { (shard, context) throws(StrataError) in
            await shard.health(context: context)
        }
        return answers.flatMap { name, answer in
            switch answer {
            case .success(let parts): parts
            case .failure(let error): [ServerHealth(name, .down(error))]
            }
        }.sorted { $0.name < $1.name }
    }

    /// Asks all shards at once.
    private func each<Answer: Sendable>(
        _ context: StoreContext,
        _ ask: @escaping @Sendable (Shard, StoreContext) async throws(StrataError) -> Answer
    ) async -> [(String, Result<Answer, StrataError>)] {
        var routed = context
        routed.epoch = map.epoch
        return await withTaskGroup(of: (String, Result<Answer, StrataError>).self) { [routed] group in
            for shard in allShards {
                group.addTask {
                    do throws(StrataError) {
                        return (shard.name, .success(try await ask(shard, routed)))
                    } catch {
                        return (shard.name, .failure(error))
                    }
                }
            }
            var answers: [(String, Result<Answer, StrataError>)] = []
            for await answer in group { answers.append(answer) }
            return answers
        }
    }
}
