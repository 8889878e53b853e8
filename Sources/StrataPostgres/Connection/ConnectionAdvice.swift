import StrataCore

/// What to do about a refusal that libpq tells without a SQLSTATE.
struct ConnectionAdvice {
    let code: StrataError.Code
    let text: String

    /// - Returns: nil for a text that says by itself what is wrong.
    init?(_ message: String) {
        switch message {
        case _ where message.contains("no password supplied"):
            (code, text) = (
                .authentication, "set PGPASSWORD, or passfile in the URL to a file that only its owner can read"
            )
        case _ where message.contains("certificate verify failed"):
            code = .configuration
            text =
                "the server's certificate has expired, or sslrootcert does not have the authority that signed it; renew the one or correct the other"
        case _ where message.contains("does not match host name"):
            code = .configuration
            text = "connect by a name that the certificate has, or have one made for this name"
        case _ where message.contains("root certificate file"):
            code = .configuration
            text = "name the file of the authority's certificate as sslrootcert in the URL"
        case _ where message.contains("server does not support SSL"):
            code = .configuration
            text = "turn on ssl in the server, or ask for another sslmode in the URL"
        default: return nil
        }
    }
}
