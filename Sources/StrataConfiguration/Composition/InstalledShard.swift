import Logging
import StrataCore
import StrataPostgres
import StrataResilience
import StrataSharding
import Synchronization

/// A shard that serves only after it was found to be the right database with the right schema.
///
/// A shard that is down when a process starts must not keep the others from serving, and must not be written to unchecked
/// when it comes back.
final class InstalledShard: Store {
    let shard: PostgresShard
    /// The shard with its replicas; nil without any.
    private let replicated: ReplicatedShard?
    private let identity: ClusterIdentity
    private let epoch: Epoch
    private let owned: [Slot]
    private let hedges: ServerHedges?
    private let isInstalled = Atomic(false)
    private let logger: Logger

    init(
        _ shard: PostgresShard, _ replicated: ReplicatedShard? = nil, identity: ClusterIdentity, map: ShardMap,
        hedges: HedgeOptions?, logger: Logger
    ) {
        self.shard = shard
        self.replicated = replicated
        self.identity = identity
        epoch = map.epoch
        owned = map.slots(of: shard.name)
        self.hedges = hedges.map {
            ServerHedges($0, metrics: "strata_postgres", dimension: ("shard", shard.name))
        }
        self.logger = logger
    }

    var name: String { shard.name }
    var keepsDeadlines: Bool { shard.keepsDeadlines }

    /// Sets shards up at once; those that can't be reached are left for `run()`.
    ///
    /// - Throws: why a shard that can be reached can't be used.
    static func install(_ shards: [InstalledShard], deadline: ContinuousClock.Instant) async throws(StrataError) {
        let failures = await withTaskGroup(of: StrataError?.self) { group in
            for shard in shards {
                group.addTask {
                    do throws(StrataError) {
                        try await shard.install(deadline: min(deadline, .now + .seconds(5)))
                        return nil
                    } catch {
                        if isPassing(error) {
                            shard.logger.warning(
                                "a shard can't be reached, and serves as soon as it can",
                                metadata: ["shard": "\(shard.name)", "error": "\(error.message)"])
                            return nil
                        }
                        return error.at(shard.name)
                    }
                }
            }
            return await group.reduce(into: []) { failures, failure in failures += failure.map { [$0] } ?? [] }
        }
        if let failure = failures.first { throw failure }
    }

    private static func isPassing(_ error: StrataError) -> Bool {
        [.unavailable, .timeout, .overloaded].contains(error.code)
    }

    private func install(deadline: ContinuousClock.Instant) async throws(StrataError) {
        try await shard.install(identity: identity, epoch: epoch, owned: owned, deadline: deadline)
        isInstalled.store(true, ordering: .releasing)
    }

    /// Sets the shard up when that is still to be done, and keeps it in order until the task is cancelled.
    ///
    /// - Throws: why a shard that came back can't be used.
    func run() async throws {
        while !isInstalled.load(ordering: .acquiring) {
            do throws(StrataError) {
                try await install(deadline: .now + .seconds(5))
                logger.notice("a shard is back", metadata: ["shard": "\(name)"])
            } catch {
                guard Self.isPassing(error) else { throw error }
                try await Task.sleep(for: .milliseconds(.random(in: 500...1500)))
            }
        }
        if let replicated { try await replicated.run() } else { try await shard.run() }
    }

    /// What serves requests: the shard, or it and its replicas.
    private var serving: any Store { replicated ?? shard }

    /// Why the shard can't be asked yet; nil when it can.
    private var refusal: StrataError? {
        guard !isInstalled.load(ordering: .acquiring) else { return nil }
        return StrataError(
            .unavailable, "the database could not be reached since this process started", origin: name, isUnsent: true)
    }

    /// - Throws: `unavailable` while the shard has not been set up.
    func check() throws(StrataError) {
        if let refusal { throw refusal }
    }

    func read(_ keys: [Key], context: StoreContext) async -> [Result<Entry, StrataError>] {
        if let refusal { return keys.map { _ in .failure(refusal) } }
        guard let hedges else { return await serving.read(keys, context: context) }
        return await hedges.readAll { [serving] in await serving.read(keys, context: context) }
    }

    func apply(_ mutations: [Mutation], context: StoreContext) async -> [Result<MutationOutcome, StrataError>] {
        if let refusal { return mutations.map { _ in .failure(refusal) } }
        return await serving.apply(mutations, context: context)
    }

    func applyAtomically(
        _ mutations: [Mutation], context: StoreContext
    ) async throws(StrataError) -> [MutationOutcome] {
        try check()
        return try await serving.applyAtomically(mutations, context: context)
    }

    func scan(from start: KeyPosition, count: Int, context: StoreContext) async throws(StrataError) -> ScanPage {
        try check()
        return try await serving.scan(from: start, count: count, context: context)
    }

    func count(context: StoreContext) async throws(StrataError) -> Int {
        try check()
        return try await serving.count(context: context)
    }

    func removeAll(context: StoreContext) async throws(StrataError) {
        try check()
        try await serving.removeAll(context: context)
    }

    func invalidate(_ tag: Tag, context: StoreContext) async throws(StrataError) -> [String: Version] {
        try check()
        return try await serving.invalidate(tag, context: context)
    }

    func health(context: StoreContext) async -> [ServerHealth] {
        if let refusal { return [ServerHealth(name, .down(refusal))] }
        return await serving.health(context: context)
    }
}
