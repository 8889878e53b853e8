/// What all connections of a proxy share.
final class ProxyContext: Sendable {
    let configuration: ProxyConfiguration
    let table: CommandTable
    let credentials: Credentials
    let clients = ClientRegistry()
    let statistics = ProxyStatistics()
    let startedAt = ContinuousClock.now
    /// Twenty random bytes in hexadecimal digits, which tell one run of a process from another.
    let runID: String
    let levels: @Sendable () -> LevelCounts

    init(
        configuration: ProxyConfiguration, table: CommandTable = .standard,
        levels: @escaping @Sendable () -> LevelCounts
    ) {
        self.configuration = configuration
        self.table = table
        self.credentials = Credentials(configuration.users)
        self.levels = levels
        let digits = Array("0123456789abcdef")
        runID = String((0..<40).map { _ in digits[Int.random(in: 0..<16)] })
    }

    /// How long a value may be that a command makes.
    var maximumValueBytes: Int { configuration.limits.maximumBulkBytes }
}
