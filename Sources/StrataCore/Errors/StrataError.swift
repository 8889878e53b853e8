/// What went wrong in a level, a store or a cache, said so that the reader knows what to do about it.
///
/// One type crosses every contract, so that a composite (a sharded store, a manager) can pass on the error of its parts
/// unchanged. Messages name the key, the shard or the server, and never carry credentials or values.
public struct StrataError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of an error; more may be added, so a `switch` over codes needs a `default`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The server can't be reached, or the connection broke before the answer.
        public static let unavailable = Code("unavailable")
        /// No answer within the time allowed; a write may or may not have happened.
        public static let timeout = Code("timeout")
        /// Too many callers wait already; try again later.
        public static let overloaded = Code("overloaded")
        /// The caller's task was cancelled.
        public static let cancelled = Code("cancelled")
        /// The component was shut down.
        public static let shutdown = Code("shutdown")
        /// The slot is not owned by the shard that was asked, under the shard map's epoch of the request.
        public static let notOwned = Code("not-owned")
        /// The operation needs another value: not an integer, an overflow, a wrong type.
        public static let invalidOperation = Code("invalid-operation")
        /// An argument is outside its range: a key too long, a negative TTL.
        public static let invalidArgument = Code("invalid-argument")
        /// Bytes that should be an entry, a reply or a value are not.
        public static let corrupt = Code("corrupt")
        /// The value's bytes don't decode as the type the cache holds, or the value can't be encoded.
        public static let serialization = Code("serialization")
        /// The configuration can't work.
        public static let configuration = Code("configuration")
        /// The server refused the credentials.
        public static let authentication = Code("authentication")
        /// The store's cluster identity or schema is another one than expected.
        public static let incompatible = Code("incompatible")
        /// The server answered with an error of its own.
        public static let server = Code("server")
        /// The disk is full or broken.
        public static let storage = Code("storage")

        /// The kind's name, as metrics and logs show it.
        public let name: String

        package init(_ name: String) {
            self.name = name
        }

        public var description: String { name }
    }

    /// The kind of the error.
    public var code: Code
    /// What happened and what to do about it, in one line.
    public var message: String
    /// The shard or server it happened on, when there is one.
    public var origin: String?
    /// The five characters of a Postgres SQLSTATE, when Postgres raised the error.
    public var sqlState: String?
    /// Whether the request is known not to have been sent, as when a circuit is open: what it asked for has not happened.
    public var isUnsent: Bool

    public init(
        _ code: Code, _ message: String, origin: String? = nil, sqlState: String? = nil, isUnsent: Bool = false
    ) {
        self.code = code
        self.message = message
        self.origin = origin
        self.sqlState = sqlState
        self.isUnsent = isUnsent
    }

    public var description: String {
        origin.map { "\($0): \(message)" } ?? message
    }

    /// Whether a write that failed with this error may have happened all the same.
    public var mayHaveHappened: Bool {
        switch code {
        case .timeout, .unavailable, .cancelled: !isUnsent
        default: false
        }
    }

    /// The task that asked was cancelled, and waits no longer.
    package static var callerCancelled: StrataError { StrataError(.cancelled, "the caller's task was cancelled") }

    /// The same error of a request, part of which was sent before.
    package var afterSending: StrataError {
        var sent = self
        sent.isUnsent = false
        return sent
    }

    /// The same error with the shard or server it happened on, unless it already names one.
    public func at(_ origin: String) -> StrataError {
        var located = self
        located.origin = self.origin ?? origin
        return located
    }
}
