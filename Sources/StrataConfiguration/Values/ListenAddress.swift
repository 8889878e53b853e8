/// A host and port to listen on.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// A host name or IP address, an IPv6 one without brackets.
    public var host: String
    /// `0 ... 65,535`; 0 lets the system choose.
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Takes a text of the form `host:port` or `[IPv6]:port`; nil for any other.
    public init?(_ text: String) {
        guard let (host, port) = HostAndPort.split(text), let port else { return nil }
        self.init(host: host, port: port)
    }

    /// Whether only this machine can reach the address.
    public var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

    public var description: String { HostAndPort.join(host, port) }
}

/// Hosts with ports as URLs and addresses write them, IPv6 addresses in brackets (RFC 3986, section 3.2.2).
enum HostAndPort {
    /// The two parts of a text, without a port when it has none; nil when it is not such a text.
    static func split(_ text: some StringProtocol) -> (host: String, port: Int?)? {
        let host: Substring
        let rest: Substring
        let text = Substring(text)
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
            guard host.contains(":") else { return nil }
        } else {
            let end = text.firstIndex(of: ":") ?? text.endIndex
            host = text[..<end]
            rest = text[end...]
        }
        guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || "/@?#".contains($0) }) else { return nil }
        if rest.isEmpty { return (String(host), nil) }
        guard rest.hasPrefix(":"), rest.dropFirst().allSatisfy({ $0.isASCII && $0.isNumber }),
            let port = Int(rest.dropFirst()), (0...65_535).contains(port)
        else { return nil }
        return (String(host), port)
    }

    static func join(_ host: String, _ port: Int) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

extension ScalarForm where Value == ListenAddress {
    static var address: ScalarForm {
        ScalarForm(expected: "an address such as 127.0.0.1:6380 or [::1]:6380") { ListenAddress($0) }
    }
}
