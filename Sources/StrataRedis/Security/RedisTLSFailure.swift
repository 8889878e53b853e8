import NIOSSL
import StrataCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Why a secure connection was not made.
enum RedisTLSFailure: Equatable {
    /// The certificate is for another host.
    case otherHost
    case expired
    case notYetValid
    /// No authority that is trusted has issued the certificate.
    case untrusted
    /// The server wants a client's certificate, or another one.
    case clientRefused
    /// What answers does not speak TLS.
    case noTLS

    /// What an error of NIO's TLS means; nil when it is none of these, or another's error.
    ///
    /// - Parameter validity: from when to when the server's certificate is valid, in seconds since 1970.
    init?(_ error: any Error, validity: () -> (from: time_t, to: time_t)?) {
        if let extra = error as? NIOSSLExtraError {
            guard extra == .failedToValidateHostname else { return nil }
            self = .otherHost
            return
        }
        guard error is NIOSSLError || error is BoringSSLError else { return nil }
        // BoringSSL's reasons have names and no type.
        let text = "\(error)"
        func has(_ reasons: String...) -> Bool { reasons.contains(where: text.contains) }
        if has("CERTIFICATE_VERIFY_FAILED") {
            let now = time(nil)
            switch validity() {
            case (_, let end)? where end < now: self = .expired
            case (let start, _)? where start > now: self = .notYetValid
            default: self = .untrusted
            }
        } else if has("ALERT_CERTIFICATE", "ALERT_BAD_CERTIFICATE", "ALERT_UNKNOWN_CA", "ALERT_HANDSHAKE_FAILURE") {
            self = .clientRefused
        } else if has("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "EOF during handshake") {
            self = .noTLS
        } else {
            return nil
        }
    }

    /// The error for callers.
    ///
    /// - Parameter server: the name or address that the certificate has to be for.
    func error(_ server: String) -> StrataError {
        switch self {
        case .otherHost:
            StrataError(
                .authentication,
                "Redis' certificate is not for \(server); use a host it was issued for in the URL, or name that host in "
                    + "redis.tls.server-name")
        case .expired:
            StrataError(.authentication, "the certificate of Redis at \(server) has expired; renew it")
        case .notYetValid:
            StrataError(
                .authentication, "the certificate of Redis at \(server) is not valid yet; are both clocks right?")
        case .untrusted:
            StrataError(
                .authentication,
                "the certificate of Redis at \(server) comes from no authority that is trusted here, or from itself; "
                    + "name the file of its authority's certificate in redis.tls.ca")
        case .clientRefused:
            StrataError(
                .authentication,
                "Redis at \(server) does not accept this client's certificate, or got none; name one that its authority "
                    + "issued in redis.tls.certificate and redis.tls.key")
        case .noTLS:
            StrataError(
                .unavailable,
                "Redis at \(server) does not speak TLS on this port; use its tls-port, or redis:// without TLS")
        }
    }
}
