import Foundation

extension PostgresURL {
    /// The one server and database that it leads to, as spans name them.
    ///
    /// The parts of several hosts, and those that libpq fills in by itself, are nil. Read from `place`, which has no secret.
    var server: (address: String?, port: Int?, database: String?) {
        let parts = place.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var parameters: [Substring: String] = [:]
        for parameter in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let pair = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { parameters[pair[0]] = pair[1].removingPercentEncoding }
        }
        let location = parts[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let database = location.count > 1 && !location[1].isEmpty ? String(location[1]) : nil
        let (host, port) = PostgresURL.split(location[0])
        let address = host.removingPercentEncoding.flatMap { $0.isEmpty ? nil : $0 } ?? parameters["host"]
        let number = port ?? parameters["port"]
        let isOne = !location[0].contains(",") && !(address ?? "").contains(",")
        return (
            isOne ? address : nil, isOne ? number.flatMap { Int($0) } : nil,
            database?.removingPercentEncoding ?? parameters["dbname"]
        )
    }

    /// A host, which may be an IPv6 address in brackets, and its port.
    private static func split(_ text: Substring) -> (host: String, port: String?) {
        if text.first == "[", let end = text.firstIndex(of: "]") {
            let host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...].dropFirst()
            return (String(host), rest.isEmpty ? nil : String(rest))
        }
        guard let colon = text.lastIndex(of: ":") else { return (String(text), nil) }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }
}
