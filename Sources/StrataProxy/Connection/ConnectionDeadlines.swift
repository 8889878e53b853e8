import NIOCore

/// Finds connections that wait too long, from samples taken about once a second, so that serving reads no clock.
struct ConnectionDeadlines {
    /// What a connection looks like at one moment.
    struct Sample {
        var isAuthenticated: Bool
        /// How many requests it has served.
        var requests: UInt64
        /// Whether part of a request has come, and the rest is awaited.
        var hasPartialRequest: Bool
        /// Whether requests are under way.
        var hasPending: Bool
        /// How many bytes of replies the client has not taken.
        var unsentBytes: Int
    }

    /// Which patience is exhausted.
    enum Expired: Hashable {
        case handshake
        case request
        case idle
        case write
    }

    private let timeouts: ProxyConfiguration.Timeouts
    private let start: NIODeadline
    private var requests: UInt64 = 0
    private var lastRequest: NIODeadline
    private var partialSince: NIODeadline?
    private var unsentBytes = 0
    private var unsentSince: NIODeadline?

    init(_ timeouts: ProxyConfiguration.Timeouts, start: NIODeadline) {
        self.timeouts = timeouts
        self.start = start
        lastRequest = start
    }

    /// Takes in a sample, and says whether the connection has to go.
    mutating func check(_ sample: Sample, now: NIODeadline) -> Expired? {
        if sample.requests != requests || sample.hasPending {
            lastRequest = now
            partialSince = nil
        }
        requests = sample.requests
        partialSince = sample.hasPartialRequest ? partialSince ?? now : nil
        unsentSince = sample.unsentBytes == 0 ? nil : sample.unsentBytes < unsentBytes ? now : unsentSince ?? now
        unsentBytes = sample.unsentBytes

        if !sample.isAuthenticated, now - start >= TimeAmount(timeouts.handshake) { return .handshake }
        if let partialSince, now - partialSince >= TimeAmount(timeouts.request) { return .request }
        if let unsentSince, now - unsentSince >= TimeAmount(timeouts.write) { return .write }
        if let idle = timeouts.idle, now - lastRequest >= TimeAmount(idle) { return .idle }
        return nil
    }
}
