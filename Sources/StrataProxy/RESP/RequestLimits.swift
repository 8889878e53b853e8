/// How large a request may be; one that is larger ends its connection.
public struct RequestLimits: Hashable, Sendable {
    /// How many arguments a request may have, its command's name included.
    public var maximumElements: Int
    /// How long one argument may be, in bytes.
    public var maximumBulkBytes: Int
    /// How long a request that is a plain line may be, in bytes.
    public var maximumInlineBytes: Int
    /// How long a request may be in all, in bytes; never more than 4 GiB.
    public var maximumRequestBytes: Int

    /// The limits of authenticated clients.
    public init(
        maximumElements: Int = 1_048_576, maximumBulkBytes: Int = 64 << 20, maximumInlineBytes: Int = 64 << 10,
        maximumRequestBytes: Int = 256 << 20
    ) {
        self.maximumElements = maximumElements
        self.maximumBulkBytes = maximumBulkBytes
        self.maximumInlineBytes = maximumInlineBytes
        self.maximumRequestBytes = min(maximumRequestBytes, Int(UInt32.max))
    }

    /// The limits that hold until a client has authenticated: what AUTH and HELLO need, and no more.
    static let unauthenticated = RequestLimits(
        maximumElements: 10, maximumBulkBytes: 16 << 10, maximumInlineBytes: 64 << 10, maximumRequestBytes: 256 << 10)
}
