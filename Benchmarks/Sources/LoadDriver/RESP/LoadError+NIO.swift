import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension LoadError {
    /// What the system says of a failed connection, in its own words rather than in NIO's.
    static func reason(of error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return reason(of: first.error) }
            if error.dnsAError != nil || error.dnsAAAAError != nil { return "the host's name can't be resolved" }
            return "\(error)"
        case let error as IOError: return String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout: return "no connection within 5 s"
        default: return "\(error)"
        }
    }
}
