import StrataCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The hosts of a connection URI with the addresses they have at the moment.
///
/// libpq would look names up by itself and block the reactor's thread, and with it every shard, for as long as a name
/// server takes. So names are looked up on a thread of their own, and libpq gets addresses beside the names, which it still
/// compares with certificates. Source: PostgreSQL documentation, 34.1.2 "hostaddr".
struct HostAddresses: Sendable {
    private let hosts: [String]
    private let ports: [String]

    /// - Returns: nil when nothing needs a look-up: addresses, paths of sockets, or `hostaddr` given.
    init?(_ keywords: [(name: String, value: String)]) {
        func list(_ name: String) -> [String] {
            let value = keywords.first { $0.name == name }?.value ?? ""
            return value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        hosts = list("host")
        ports = list("port")
        guard !keywords.contains(where: { $0.name == "hostaddr" }), hosts.contains(where: HostAddresses.isName) else {
            return nil
        }
    }

    /// Whether a host has to be looked up.
    private static func isName(_ host: String) -> Bool {
        guard !host.isEmpty, !host.hasPrefix("/"), !host.hasPrefix("@") else { return false }
        var address = in6_addr()
        return inet_pton(AF_INET, host, &address) != 1 && inet_pton(AF_INET6, host, &address) != 1
    }

    /// Looks the names up, which takes as long as it takes, and answers what replaces `host`, `hostaddr` and `port`.
    ///
    /// A host with several addresses is listed once for each.
    func resolved() throws(StrataError) -> [(name: String, value: String)] {
        var triples: [(host: String, address: String, port: String)] = []
        var failure: StrataError?
        for (index, host) in hosts.enumerated() {
            let port = ports.isEmpty ? "" : ports[ports.count == 1 ? 0 : min(index, ports.count - 1)]
            guard HostAddresses.isName(host) else {
                triples.append((host, "", port))
                continue
            }
            do throws(StrataError) {
                for address in try HostAddresses.lookUp(host) { triples.append((host, address, port)) }
            } catch {
                failure = error
            }
        }
        if triples.isEmpty, let failure { throw failure }
        return [
            ("host", triples.map(\.host).joined(separator: ",")),
            ("hostaddr", triples.map(\.address).joined(separator: ",")),
            ("port", triples.map(\.port).joined(separator: ",")),
        ]
    }

    private static func lookUp(_ host: String) throws(StrataError) -> [String] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        #if canImport(Glibc)
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
        hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        var addresses: [String] = []
        var next = list
        while let info = next {
            var name = [CChar](repeating: 0, count: 1025)
            let length = socklen_t(name.count)
            if getnameinfo(
                info.pointee.ai_addr, info.pointee.ai_addrlen, &name, length, nil, 0, NI_NUMERICHOST) == 0
            {
                addresses.append(String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
            }
            next = info.pointee.ai_next
        }
        guard status == 0, !addresses.isEmpty else {
            throw StrataError(
                .unavailable, "the name of the host \(host) can't be resolved: \(String(cString: gai_strerror(status)))"
            )
        }
        return addresses
    }
}
