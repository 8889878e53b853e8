import StrataCore

/// What a sentinel knows of a master.
///
/// Source: Redis documentation, "High availability with Redis Sentinel", "Sentinel API".
struct RedisSentinelAnswer: Hashable, Sendable {
    /// Where the master is.
    var address: RedisURL.Address
    /// The number of the failover that made it the master: of two sentinels the one with the higher number knows more.
    var epoch: UInt64

    /// Reads the answer to `SENTINEL MASTER name`.
    ///
    /// - Throws: `configuration` when the sentinel does not know the name, `authentication` when it refuses the login,
    ///   `corrupt` when the answer is none.
    init(_ reply: RedisReply, master name: String) throws(StrataError) {
        if case .error(let text) = reply {
            guard text.hasPrefix("ERR No such master") else { throw StrataError(redisError: text) }
            throw StrataError(.configuration, "it watches no master that is called \(name)")
        }
        var fields: [String: String] = [:]
        let words = (reply.elements ?? []).map { $0.bytes.map { String(decoding: $0, as: UTF8.self) } ?? "" }
        for index in stride(from: 0, to: words.count - 1, by: 2) { fields[words[index]] = words[index + 1] }
        guard let host = fields["ip"], !host.isEmpty, let port = fields["port"].flatMap(Int.init),
            (1...65_535).contains(port), let epoch = fields["config-epoch"].flatMap(UInt64.init)
        else { throw .unexpected(reply, to: "SENTINEL MASTER") }
        address = .tcp(host: host, port: port)
        self.epoch = epoch
    }

    /// The answer of the sentinel that knows most; of equals, the one that most of them give.
    static func best(of answers: [RedisSentinelAnswer]) -> RedisSentinelAnswer? {
        var counts: [RedisSentinelAnswer: Int] = [:]
        for answer in answers { counts[answer, default: 0] += 1 }
        return answers.max { ($0.epoch, counts[$0] ?? 0) < ($1.epoch, counts[$1] ?? 0) }
    }
}
