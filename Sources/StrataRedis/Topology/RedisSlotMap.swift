import StrataCore

/// Which server of a cluster has which slot: a value without I/O.
///
/// Source: Redis documentation, command `CLUSTER SLOTS`.
struct RedisSlotMap: Hashable, Sendable {
    /// The most servers a cluster may have, which is what Redis recommends.
    static let maximumServers = 1000
    private static let nobody = UInt16.max

    /// The servers that have slots.
    private(set) var servers: [RedisURL.Address] = []
    /// The number of each slot's server.
    private var owners = [UInt16](repeating: RedisSlotMap.nobody, count: Slot.count)

    /// Reads the answer to `CLUSTER SLOTS`.
    ///
    /// - Parameter sender: who answered; it leaves out the host of what it does not know how clients reach.
    /// - Throws: `corrupt` when the answer is none, `configuration` when the server is in no cluster or the cluster has too
    ///   many servers.
    init(_ reply: RedisReply, from sender: RedisURL.Address) throws(StrataError) {
        if case .error(let text) = reply, text.contains("cluster support disabled") {
            throw StrataError(
                .configuration, "it is in no cluster; use another mode or start it with cluster-enabled yes")
        }
        guard let ranges = reply.elements, ranges.count <= Slot.count else {
            throw .unexpected(reply, to: "CLUSTER SLOTS")
        }
        for range in ranges {
            guard let parts = range.elements, parts.count >= 3, let first = parts[0].integer,
                let last = parts[1].integer, first >= 0, first <= last, last < Slot.count,
                let master = parts[2].elements, master.count >= 2, let port = master[1].integer,
                (1...65_535).contains(port)
            else { throw .unexpected(reply, to: "CLUSTER SLOTS") }
            var host = master[0].bytes.map { String(decoding: $0, as: UTF8.self) } ?? ""
            // It is known to the server that answered, but not under which name clients reach it.
            if host == "?" { continue }
            if host.isEmpty, case .tcp(let own, _) = sender { host = own }
            let number = try number(of: .tcp(host: host, port: Int(port)))
            for slot in Int(first)...Int(last) { owners[slot] = number }
        }
    }

    /// The server of a slot; nil when none has it.
    func owner(of slot: Int) -> RedisURL.Address? {
        let number = owners[slot]
        return number == RedisSlotMap.nobody ? nil : servers[Int(number)]
    }

    /// Takes in that a slot has another server now.
    mutating func move(_ slot: Int, to address: RedisURL.Address) {
        // One too many servers: the next whole map says which of them are left.
        guard let number = try? number(of: address) else { return }
        owners[slot] = number
    }

    private mutating func number(of address: RedisURL.Address) throws(StrataError) -> UInt16 {
        if let known = servers.firstIndex(of: address) { return UInt16(known) }
        guard servers.count < RedisSlotMap.maximumServers else {
            throw StrataError(
                .configuration, "the cluster has more than \(RedisSlotMap.maximumServers) servers with slots")
        }
        servers.append(address)
        return UInt16(servers.count - 1)
    }
}
