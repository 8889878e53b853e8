public import StrataCore

/// The ring of twemproxy's `distribution: ketama`, point by point: a key goes to the node where twemproxy puts it.
///
/// Each server has 160 points at average weight, in groups of four from one MD5 of its name and the group's number.
/// Source: twemproxy 0.5, `distribution: ketama` and its notes on server names; libketama.
public struct Ketama: Sendable {
    /// A server of the ring.
    public struct Server: Hashable, Sendable {
        /// What its points are made from.
        public var name: String
        /// Its share in relation to the other servers'; above 0.
        public var weight: Int

        public init(name: String, weight: Int = 1) {
            self.name = name
            self.weight = weight
        }

        /// A server as twemproxy's configuration names it: its own name when it has one, else `host:port`, or only the
        /// host when the port is memcached's 11211.
        public init(host: String, port: Int, weight: Int = 1, name: String? = nil) {
            self.init(name: name ?? (port == 11211 ? host : "\(host):\(port)"), weight: weight)
        }
    }

    private let points: [(value: UInt32, server: Int)]
    private let keyHash: KetamaKeyHash
    private let serverCount: Int

    /// The ring of servers, all of them live. Complexity: O(p log p) for p points.
    ///
    /// - Parameters:
    ///   - servers: in the order of twemproxy's configuration; not empty, with weights above 0; else it traps.
    ///   - keyHash: twemproxy's `hash:`.
    public init(_ servers: [Server], keyHash: KetamaKeyHash = .fnv1a64) {
        precondition(
            !servers.isEmpty && servers.allSatisfy { $0.weight > 0 }, "ketama needs servers with weights above 0")
        let total = servers.reduce(0) { $0 + $1.weight }
        var points: [(value: UInt32, server: Int)] = []
        for (index, server) in servers.enumerated() {
            for group in 0..<Ketama.groups(server.weight, of: total, servers: servers.count) {
                let digest = MD5.digest(Array(Ketama.pointName(server.name, group).utf8))
                points += (0..<4).map { (KetamaKeyHash.word(digest, $0), index) }
            }
        }
        self.points = points.sorted { ($0.value, $0.server) < ($1.value, $1.server) }
        self.keyHash = keyHash
        serverCount = servers.count
    }

    /// The number of a key's server in the list given. Complexity: O(length of the key + log p).
    public func server(of key: UnsafeRawBufferPointer) -> Int {
        // twemproxy does not hash for a single server.
        if serverCount == 1 { return 0 }
        let hash = keyHash.hash(key)
        var (low, high) = (0, points.count)
        while low < high {
            let middle = (low + high) / 2
            if points[middle].value < hash { low = middle + 1 } else { high = middle }
        }
        return points[low == points.count ? 0 : low].server
    }

    /// The number of a key's server in the list given.
    public func server(of key: Key) -> Int {
        key.bytes.withUnsafeBytes { server(of: $0) }
    }

    /// How many groups of four points a server has, in single precision as twemproxy computes it.
    private static func groups(_ weight: Int, of total: Int, servers: Int) -> Int {
        let share = Float(weight) / Float(total)
        return Int(Float(Double(share * 160 / 4 * Float(servers)) + 0.0000000001).rounded(.down))
    }

    /// What a group of points is made from; twemproxy cuts it to 85 bytes.
    private static func pointName(_ server: String, _ group: Int) -> String {
        String(decoding: "\(server)-\(group)".utf8.prefix(85), as: UTF8.self)
    }
}
