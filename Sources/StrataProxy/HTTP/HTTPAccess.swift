import HTTPTypes

/// Who may ask what over HTTP.
struct HTTPAccess: Sendable {
    private let token: [UInt8]?
    private let isLoopback: Bool

    /// - Parameter token: what `Authorization: Bearer` has to carry; nil when nothing has to.
    init(address: ProxyConfiguration.Address, token: String?) {
        self.token = token.map { Array($0.utf8) }
        isLoopback = address.isLoopback
    }

    /// Refuses a request for keys or metrics.
    ///
    /// Without a token, the name by which the proxy is addressed has to be this machine's: otherwise a web page could, by
    /// a name of its own that leads to 127.0.0.1 (DNS rebinding), read the cache of whoever looks at it.
    func authorize(authorization: String?, authority: String?) throws(APIError) {
        guard let token else {
            guard !isLoopback || HTTPAccess.isLocal(authority ?? "localhost") else {
                throw APIError(
                    .forbidden, "forbidden", "without a token the proxy answers only to localhost; configure a token")
            }
            return
        }
        let scheme = "bearer "
        if let authorization, authorization.lowercased().hasPrefix(scheme) {
            let candidate = Array(authorization.dropFirst(scheme.count).utf8)
            if candidate.withUnsafeBytes({ Credentials.isEqual($0, token) }) { return }
        }
        var error = APIError(.unauthorized, "unauthorized", "send the header Authorization: Bearer TOKEN")
        error.headers[.wwwAuthenticate] = "Bearer"
        throw error
    }

    /// Whether an authority (`host` or `host:port`) is a name that every machine has for itself.
    static func isLocal(_ authority: String) -> Bool {
        let host =
            if authority.hasPrefix("[") {
                authority.prefix { $0 != "]" }.dropFirst()
            } else {
                authority.prefix { $0 != ":" }
            }
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
