/// Where the proxy listens and whom it lets in.
public struct ListenSettings: Hashable, Sendable {
    /// Where Redis clients connect.
    public var resp: ListenAddress
    /// Where HTTP clients connect; nil: nowhere.
    public var http: ListenAddress?
    /// What Redis clients have to send; nil: nothing.
    public var password: Secret?
    /// The bearer token HTTP clients have to send; nil: none.
    public var token: Secret?
    /// How many Redis clients may be connected at once, `1 ... 1,000,000`.
    public var maximumClients: Int
    /// How many event loops serve Redis clients, `1 ... 1024`; nil leaves it to the proxy.
    public var eventLoops: Int?

    public init(
        resp: ListenAddress = ListenAddress(host: "127.0.0.1", port: 6380),
        http: ListenAddress? = ListenAddress(host: "127.0.0.1", port: 8080), password: Secret? = nil,
        token: Secret? = nil, maximumClients: Int = 10_000, eventLoops: Int? = nil
    ) {
        self.resp = resp
        self.http = http
        self.password = password
        self.token = token
        self.maximumClients = maximumClients
        self.eventLoops = eventLoops
    }
}
