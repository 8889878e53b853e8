import StrataCore

/// SQLSTATEs that mean something to this driver.
///
/// Source: PostgreSQL documentation, appendix A.
enum SQLState {
    static let featureNotSupported = "0A000"
    static let readOnlyTransaction = "25006"
    static let unknownPreparedStatement = "26000"
    static let duplicatePreparedStatement = "42P05"
    /// With these the server ends a session: it is shut down, or the session was idle for too long.
    static let endsOfSession: Set<String> = ["57P01", "57P02", "57P05"]
    static let tooManyConnections = "53300"
    static let lockNotAvailable = "55P03"
    static let deadlockDetected = "40P01"
    static let serializationFailure = "40001"

    /// The kind of error that a SQLSTATE stands for.
    static func code(of state: String) -> StrataError.Code {
        switch state {
        case readOnlyTransaction, "57P01", "57P02", "57P03", "57P05", tooManyConnections: .unavailable
        case "57014", lockNotAvailable: .timeout
        case "53100", "58030", "53000": .storage
        case "3D000": .configuration
        default:
            switch state.prefix(2) {
            case "08": .unavailable
            case "28": .authentication
            default: .server
            }
        }
    }

    /// The classes of errors about what a statement was given rather than about the server: bad data, a constraint, a
    /// conflict with other transactions, a limit, a lock. Source: PostgreSQL documentation, appendix A.
    static let classesOfOneStatement: Set<Substring> = ["21", "22", "23", "27", "40", "44", "54", "55", "P0", "SK"]
    static let queryCanceled = "57014"
}

extension StrataError {
    /// Whether a statement for several callers may have failed because of what one of them asked for.
    var mayBeOneRows: Bool {
        guard let sqlState else { return false }
        return SQLState.classesOfOneStatement.contains(sqlState.prefix(2)) || sqlState == SQLState.queryCanceled
    }
}
