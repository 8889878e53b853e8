/// How a proxy listens, whom it lets in and how much of its memory and time a client may take.
public struct ProxyConfiguration: Sendable {
    /// An address to listen on.
    public struct Address: Hashable, Sendable, CustomStringConvertible {
        /// A host name or IP address.
        public var host: String
        /// `0 ... 65,535`; 0 lets the system choose.
        public var port: Int

        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        /// `host:port`, a host with colons in brackets.
        public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

        /// Whether only this machine can reach the address.
        public var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
    }

    /// How long the proxy waits for clients; all are checked once a second.
    public struct Timeouts: Hashable, Sendable {
        /// Until a client has authenticated, when it has to.
        public var handshake: Duration
        /// From the first byte of a request to its last.
        public var request: Duration
        /// Without a request; nil: forever.
        public var idle: Duration?
        /// Without taking any of its replies, when some wait.
        public var write: Duration
        /// For what is in flight when the proxy is asked to end.
        public var drain: Duration

        public init(
            handshake: Duration = .seconds(5), request: Duration = .seconds(30), idle: Duration? = nil,
            write: Duration = .seconds(30), drain: Duration = .seconds(10)
        ) {
            self.handshake = handshake
            self.request = request
            self.idle = idle
            self.write = write
            self.drain = drain
        }
    }

    /// How much of a client's output the proxy keeps.
    public struct OutputLimits: Hashable, Sendable {
        /// Above this many bytes that wait to be sent, no more requests of the client are run until it has read some.
        public var pauseBytes: Int
        /// Above this many bytes the client is disconnected; only a huge reply gets there.
        public var maximumBytes: Int
        /// The same before the client has authenticated.
        public var unauthenticatedBytes: Int

        public init(
            pauseBytes: Int = 256 << 10, maximumBytes: Int = 256 << 20, unauthenticatedBytes: Int = 64 << 10
        ) {
            self.pauseBytes = pauseBytes
            self.maximumBytes = maximumBytes
            self.unauthenticatedBytes = unauthenticatedBytes
        }
    }

    /// Where Redis clients connect.
    public var resp: Address
    /// Where HTTP clients connect; nil: nowhere.
    public var http: Address?
    /// Who may connect; nobody has to authenticate when empty.
    public var users: [ProxyUser]
    /// What HTTP clients have to send as `Authorization: Bearer TOKEN` for keys and metrics; nil: nothing.
    public var httpToken: String?
    /// How many RESP clients may be connected at once.
    public var maximumClients: Int
    /// How many RESP clients may connect per second, on average and in one go.
    public var maximumAcceptsPerSecond: Int
    /// How many requests of one connection may be under way at once.
    public var maximumPipelinedRequests: Int
    /// How many bytes of requests of one connection may be under way at once; one request alone may have more.
    public var maximumPipelinedBytes: Int
    /// How many HTTP clients may be connected at once.
    public var maximumHTTPClients: Int
    public var limits: RequestLimits
    public var outputLimits: OutputLimits
    public var timeouts: Timeouts
    /// What INFO and logs call the proxy's version.
    public var version: String
    /// Names and versions of libraries that INFO shows.
    public var libraryVersions: [String: String]

    public init(
        resp: Address = Address(host: "127.0.0.1", port: 6380), http: Address? = nil, users: [ProxyUser] = [],
        httpToken: String? = nil, maximumClients: Int = 10_000, maximumAcceptsPerSecond: Int = 20_000,
        maximumPipelinedRequests: Int = 1024, maximumPipelinedBytes: Int = 16 << 20, maximumHTTPClients: Int = 1000,
        limits: RequestLimits = RequestLimits(),
        outputLimits: OutputLimits = OutputLimits(), timeouts: Timeouts = Timeouts(),
        version: String = "0.1.0", libraryVersions: [String: String] = [:]
    ) {
        self.resp = resp
        self.http = http
        self.users = users
        self.httpToken = httpToken
        self.maximumClients = maximumClients
        self.maximumAcceptsPerSecond = maximumAcceptsPerSecond
        self.maximumPipelinedRequests = maximumPipelinedRequests
        self.maximumPipelinedBytes = maximumPipelinedBytes
        self.maximumHTTPClients = maximumHTTPClients
        self.limits = limits
        self.outputLimits = outputLimits
        self.timeouts = timeouts
        self.version = version
        self.libraryVersions = libraryVersions
    }
}
