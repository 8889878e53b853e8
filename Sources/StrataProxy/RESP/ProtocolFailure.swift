/// Why a connection's input can't be understood, which ends the connection.
enum ProtocolFailure: Hashable {
    case multibulkLength
    case unauthenticatedMultibulkLength
    case bulkLength
    case unauthenticatedBulkLength
    case expectedBulk(UInt8)
    case missingLineEnd
    case inlineTooLong
    case unbalancedQuotes
    case requestTooLong
    /// The line starts like an HTTP request: most likely a browser made to send one to this port.
    case http

    /// The one error reply the client gets; none goes to what speaks HTTP.
    var reply: String? {
        switch self {
        case .multibulkLength: "ERR Protocol error: invalid multibulk length"
        case .unauthenticatedMultibulkLength: "ERR Protocol error: unauthenticated multibulk length"
        case .bulkLength: "ERR Protocol error: invalid bulk length"
        case .unauthenticatedBulkLength: "ERR Protocol error: unauthenticated bulk length"
        case .expectedBulk(let byte): "ERR Protocol error: expected '$', got '\(Unicode.Scalar(byte))'"
        case .missingLineEnd: "ERR Protocol error: expected a line end after a bulk string"
        case .inlineTooLong: "ERR Protocol error: too big inline request"
        case .unbalancedQuotes: "ERR Protocol error: unbalanced quotes in request"
        case .requestTooLong: "ERR Protocol error: too big request"
        case .http: nil
        }
    }
}
