import Metrics
import NIOConcurrencyHelpers
public import StrataCore
import Synchronization

/// A shard whose reads may be answered by streaming replicas where that shows nothing outdated.
///
/// A replica answers a read that does not ask for the store's present answer (`.strong`), when its snapshot has a
/// heartbeat of the primary from within the bound, nothing that this process knows to be newer, and at least the version asked
/// for. Whatever it can't answer so, the primary does; it takes everything else as well.
public final class ReplicatedShard: Store {
    let primary: PostgresShard
    let replicas: [PostgresReplica]
    let floors: ReadFloors
    private let bound: Duration
    let history = NIOLockedValueBox(HeartbeatHistory())
    /// Whether a read has asked for a replica since the last heartbeat: without such reads there are none.
    let isWanted = Atomic(true)
    private let turn = Atomic<UInt>(0)

    /// - Parameters:
    ///   - replicas: at least one.
    ///   - bound: how old a replica's answer may be.
    package init(
        _ primary: PostgresShard, replicas: [PostgresReplica], bound: Duration, floors: ReadFloors = ReadFloors()
    ) {
        precondition(!replicas.isEmpty && bound > .zero, "a replicated shard has replicas and a bound")
        self.primary = primary
        self.replicas = replicas
        self.bound = bound
        self.floors = floors
    }

    public var name: String { primary.name }
    public var isOneServer: Bool { primary.isOneServer }
    public var keepsDeadlines: Bool { primary.keepsDeadlines }

    /// The time between two heartbeats.
    var interval: Duration { max(bound / 4, .milliseconds(50)) }

    /// The next replica that may be asked; nil when none may.
    private func nextReplica() -> PostgresReplica? {
        let first = Int(turn.wrappingAdd(1, ordering: .relaxed).oldValue % UInt(replicas.count))
        for replica in replicas[first...] + replicas[..<first] where replica.admits() { return replica }
        return nil
    }

    public func read(_ keys: [Key], context: StoreContext) async -> [Result<Entry, StrataError>] {
        guard context.freshness != .strong, (1...ReadRequest.keyLimit).contains(keys.count),
            keys.allSatisfy({ $0.bytes.count <= Key.maximumLength })
        else { return await readPrimary(keys, context: context) }
        // Also while every replica rests: one that comes back needs heartbeats to show that it may be asked.
        isWanted.store(true, ordering: .relaxed)
        let earliest = ContinuousClock.now - bound
        guard let latest = history.withLockedValue(\.latest), latest >= earliest, let replica = nextReplica() else {
            return await readPrimary(keys, context: context)
        }
        let found = await read(keys, from: replica, context: context)
        let missing = keys.indices.filter { found[$0] == nil }
        replica.answered.increment(by: keys.count - missing.count)
        guard !missing.isEmpty else { return found.map { .success($0!) } }
        replica.passedOver.increment(by: missing.count)
        var answers = found.map { Result<Entry, StrataError>.success($0 ?? .absent(version: .zero)) }
        for (index, answer) in zip(missing, await readPrimary(missing.map { keys[$0] }, context: context)) {
            answers[index] = answer
        }
        return answers
    }

    /// What a replica may answer; nil for each key that the primary has to be asked for.
    private func read(_ keys: [Key], from replica: PostgresReplica, context: StoreContext) async -> [Entry?] {
        let began = ContinuousClock.now
        do {
            let answer = try await replica.read(keys, context: context)
            guard let time = history.withLockedValue({ $0.time(of: answer.marks) }), time >= began - bound else {
                replica.settle(.bad)
                return keys.map { _ in nil }
            }
            replica.settle(.good)
            return zip(keys, answer.entries).map { key, entry in
                guard case .success(let entry) = entry, floors.allow(entry, of: key, from: time),
                    entry.satisfies(context.freshness)
                else { return nil }
                return entry
            }
        } catch {
            replica.settle(error.code == .cancelled ? .unknown : .bad)
            return keys.map { _ in nil }
        }
    }

    private func readPrimary(_ keys: [Key], context: StoreContext) async -> [Result<Entry, StrataError>] {
        let answers = await primary.read(keys, context: context)
        guard context.freshness == .strong else { return answers }
        // Later reads of this process are not to go back behind it.
        for case (let key, .success(let entry)) in zip(keys, answers) { floors.raise(key, to: entry.version) }
        return answers
    }
}

extension Entry {
    /// Whether it is certainly of the version asked for or a later one.
    fileprivate func satisfies(_ freshness: Freshness) -> Bool {
        switch freshness {
        case .cached: true
        // An absence without a row has a version that is not its own.
        case .atLeast(let wanted): content != .absent && version >= wanted
        case .strong: false
        }
    }
}
