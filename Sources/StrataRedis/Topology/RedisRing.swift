import StrataCore
import StrataSharding

/// Several plain servers; a key's whole name says which one, as with twemproxy's defaults (ketama, fnv1a_64).
///
/// The servers are fixed: one that fails keeps its keys, which are without copies until it is back.
struct RedisRing: RedisTopology {
    let origin: String
    private let ketama: Ketama
    private let servers: [RedisNode]

    init(_ servers: [RedisConfiguration.RingServer], makeNode: (RedisURL) -> RedisNode) {
        ketama = Ketama(servers.map(\.ketama))
        self.servers = servers.map { makeNode($0.url) }
        origin = "redis ring of \(servers.count)"
    }

    var joinsKeys: Bool { true }

    func place(of name: [UInt8]) -> RedisPlace {
        RedisPlace(server: name.withUnsafeBytes { ketama.server(of: $0) })
    }

    func node(at place: RedisPlace, deadline: ContinuousClock.Instant) throws(StrataError) -> RedisNode {
        guard let server = knownNode(at: place) else { throw .placeless(origin) }
        return server
    }

    func knownNode(at place: RedisPlace) -> RedisNode? {
        servers.indices.contains(place.number) ? servers[place.number] : nil
    }

    func nodes(deadline: ContinuousClock.Instant) throws(StrataError) -> [RedisNode] { servers }

    func verdict(
        on answer: Result<RedisReply, StrataError>, to place: RedisPlace, from node: RedisNode
    ) -> RedisVerdict { .final }

    func run() async {
        for server in servers { server.start() }
        await Task.untilCancelled()
    }

    func close() async {
        for server in servers { server.retire() }
        for server in servers { await server.close() }
    }
}

extension RedisConfiguration.RingServer {
    /// The server's points, from the name that twemproxy's configuration would give it.
    var ketama: Ketama.Server {
        switch url.address {
        case .tcp(let host, let port): Ketama.Server(host: host, port: port, weight: weight, name: name)
        case .unix(let path): Ketama.Server(name: name ?? path, weight: weight)
        }
    }
}
