import StrataCore

/// Where a cluster's node says that a slot is.
///
/// Source: Redis Cluster specification, "MOVED Redirection" and "ASK redirection".
struct RedisRedirect: Hashable, Sendable {
    var slot: Int
    var address: RedisURL.Address
    /// For this command only: the slot is on its way there.
    var isAsk: Bool

    /// Reads the text of an error reply; nil when it is no redirection.
    ///
    /// - Parameter sender: who answered; it leaves out its own host when it does not know how clients reach it.
    init?(_ text: String, from sender: RedisURL.Address) {
        let words = text.split(separator: " ")
        guard words.count == 3, words[0] == "MOVED" || words[0] == "ASK", let slot = Int(words[1]),
            (0..<Slot.count).contains(slot), let colon = words[2].lastIndex(of: ":"),
            let port = Int(words[2][words[2].index(after: colon)...]), (1...65_535).contains(port)
        else { return nil }
        var host = String(words[2][..<colon])
        if host.isEmpty || host == "?" {
            guard case .tcp(let own, _) = sender else { return nil }
            host = own
        }
        self.slot = slot
        address = .tcp(host: host, port: port)
        isAsk = words[0] == "ASK"
    }
}
