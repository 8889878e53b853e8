import Foundation

extension PostgresURL {
    /// The one server and database that it leads to, as spans name them.
    ///
    /// The parts of several hosts, and those that libpq fills in by itself, are nil. Credentials end at the first `@` before
    /// any `/`, as for libpq; what has a further one may be a part of a password, and is nil too.
    var server: (address: String?, port: Int?, database: String?) {
        let text = reveal()
        var rest = text[(text.range(of: "://")?.upperBound ?? text.endIndex)...]
        if let end = rest.firstIndex(where: { $0 == "@" || $0 == "/" }), rest[end] == "@" {
            rest = rest[rest.index(after: end)...]
        }
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let location = parts[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard location.count == 1 || !location[1].contains("@") else { return (nil, nil, nil) }
        var parameters: [String: String] = [:]
        for parameter in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let pair = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { parameters[String(pair[0])] = pair[1].removingPercentEncoding }
        }
        let (host, port) = PostgresURL.split(location[0])
        let address = PostgresURL.decoded(host) ?? parameters["host"]
        let database = location.count > 1 ? PostgresURL.decoded(location[1]) : nil
        let isOne = !location[0].contains(",") && address.map { !$0.contains { ",@".contains($0) } } ?? false
        return (
            isOne ? address : nil, isOne ? (port.map(String.init) ?? parameters["port"]).flatMap { Int($0) } : nil,
            database ?? parameters["dbname"]
        )
    }

    /// A host, which may be an IPv6 address in brackets, and its port.
    private static func split(_ text: Substring) -> (host: Substring, port: Substring?) {
        if text.first == "[", let end = text.firstIndex(of: "]") {
            let rest = text[text.index(after: end)...].dropFirst()
            return (text[..<end].dropFirst(), rest.isEmpty ? nil : rest)
        }
        guard let colon = text.lastIndex(of: ":") else { return (text, nil) }
        return (text[..<colon], text[text.index(after: colon)...])
    }

    private static func decoded(_ text: Substring) -> String? {
        text.isEmpty ? nil : text.removingPercentEncoding
    }
}
