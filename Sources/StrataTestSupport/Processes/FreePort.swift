#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// TCP ports on the loopback address.
package enum LoopbackPort {
    /// A port nobody listens on.
    ///
    /// It lies below the range from which the kernel gives ports to outgoing connections: there, a client that keeps
    /// trying to reach a dead server may be given the server's own port and connect to itself. Another process may take the
    /// port before its use, so whoever starts a server tries again with another one.
    package static func free() throws -> Int {
        for _ in 0..<1000 {
            let port = Int.random(in: 12_000..<32_000)
            if withSocket({ bindSocket($0, port) }) { return port }
        }
        throw ServerProcessError("no free port between 12000 and 32000")
    }

    /// Whether a server on the port accepts connections.
    package static func accepts(_ port: Int) -> Bool {
        withSocket { socket in
            withAddress(port) { connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
        }
    }

    private static func bindSocket(_ socket: Int32, _ port: Int) -> Bool {
        var yes: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        return withAddress(port) { bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
    }

    private static func withSocket(_ body: (Int32) -> Bool) -> Bool {
        #if canImport(Glibc)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        #else
        let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return body(descriptor)
    }

    private static func withAddress(_ port: Int, _ body: (UnsafePointer<sockaddr>) -> Bool) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001 as UInt32).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
        }
    }
}
