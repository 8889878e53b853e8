public import StrataCore

/// Redis as the authority, for setups without a database: what it holds is the truth.
///
/// It is as durable as the server's own persistence and promises no more. Versions come from a counter on the server that
/// never falls behind its clock; there are no tombstones, as the counter itself is the version of every absence. Keys are
/// kept in an index by position beside the entries, so that scans have the order of every other store.
///
/// As the only authority, the server must not evict (`maxmemory-policy noeviction`).
public struct RedisStore: Store, CallbackReads {
    public let name: String
    public var isOneServer: Bool { !client.isSpread }
    public var keepsDeadlines: Bool { true }
    let client: RedisClient
    let keyspace: RedisKeyspace
    let cluster: UInt64
    let gate: RedisKeyGate
    /// The names of the counter, the index and the deadlines.
    let records: [[UInt8]]
    /// Where all of it lies.
    let place: RedisPlace

    /// A store on a client's server.
    ///
    /// - Parameters:
    ///   - cluster: the identity of the data, as `identity(of:deadline:)` finds or makes it.
    ///   - name: what the store is called in errors and metrics.
    ///   - besideTier: whether a tier uses the client as well; the store then keeps to names of its own, which the tier
    ///     takes for records.
    public init(
        client: RedisClient, cluster: ClusterIdentity, name: String = "redis", besideTier: Bool = false
    ) {
        self.client = client
        self.name = name
        self.cluster = cluster.fingerprint
        let keyspace = RedisKeyspace(prefix: client.configuration.prefix)
        self.keyspace = besideTier ? RedisKeyspace(prefix: keyspace.record("{levels}:")) : keyspace
        gate = RedisKeyGate(timers: client.anyEventLoop)
        records = ["counter", "index", "expiries"].map(self.keyspace.record)
        place = client.place(of: records[0])
    }

    /// The identity of the data under a client's prefix; made when there is none.
    public static func identity(
        of client: RedisClient, deadline: ContinuousClock.Instant
    ) async throws(StrataError) -> ClusterIdentity {
        guard !client.isSpread else {
            throw StrataError(
                .configuration, "several servers that share the keys hold copies only; configure a store",
                origin: client.origin)
        }
        let name = RedisKeyspace(prefix: client.configuration.prefix).record("cluster")
        let candidate = Array(ClusterIdentity.random().description.utf8)
        let replies = try await client.send(
            [RedisCommand("SET", name, candidate, Array("NX".utf8)), RedisCommand("GET", name)], at: .only,
            deadline: deadline)
        let reply = try replies[1].successful()
        guard let text = reply.bytes, let identity = ClusterIdentity(String(decoding: text, as: UTF8.self)) else {
            throw StrataError(
                .incompatible, "the key \(Key(name)) should hold the identity of the data and holds something else",
                origin: client.origin)
        }
        return identity
    }

    public func health(context: StoreContext) async -> [ServerHealth] {
        await client.health(name, deadline: context.deadline)
    }

    public func invalidate(
        _ tag: Tag, context: StoreContext
    ) async throws(StrataError) -> [String: Version] {
        [name: try await drawVersion(context)]
    }

    public func removeAll(context: StoreContext) async throws(StrataError) {
        while true {
            let call = RedisStoreScripts.removeSome.call(keys: records)
            let reply = try await client.evaluate([call], at: place, deadline: context.deadline)[0]
            guard let left = reply.integer else { throw located(.unexpected(reply, to: "EVALSHA")) }
            if left == 0 { return }
        }
    }

    /// Draws a version above every one so far.
    func drawVersion(_ context: StoreContext) async throws(StrataError) -> Version {
        let reply = try await client.evaluate(
            [RedisStoreScripts.draw.call(keys: [records[0]])], at: place, deadline: context.deadline)[0]
        guard let version = Version(reply) else { throw located(.unexpected(reply, to: "EVALSHA")) }
        return version
    }

    /// The error as callers see it: with the server's name.
    func located(_ error: StrataError) -> StrataError { error.at(client.origin) }

    /// Why a key can't be used; nil when it can.
    func refusal(of key: Key) -> StrataError? {
        guard key.bytes.count > Key.maximumLength else { return nil }
        return StrataError(.invalidArgument, "key \(key) is longer than \(Key.maximumLength) bytes")
    }
}

extension Version {
    /// The version that scripts answer as decimal digits.
    init?(_ reply: RedisReply) {
        guard let digits = reply.bytes, let number = UInt64(String(decoding: digits, as: UTF8.self)) else { return nil }
        self.init(rawValue: number)
    }
}
