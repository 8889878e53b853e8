import NIOCore
import NIOPosix
import StrataCore
import StrataTestSupport

@testable import StrataRedis

/// What a test's client does otherwise than usual.
struct RedisSettings {
    var prefix = ""
    var password: String?
    // The machine may be busy with other suites; tests of timeouts set their own.
    var connectTimeout = Duration.seconds(10)
    var commandTimeout = Duration.seconds(20)
    // The same goes for requests: on a busy machine a thousand that start at once are slow.
    var breaker = CircuitBreakerOptions(slowCall: .seconds(20))
    var limits = RedisConfiguration.Limits()
}

/// A private server and a client of it, closed when the body returns.
func withRedis<Output>(
    _ settings: RedisSettings = RedisSettings(), _ body: (RedisServer, RedisClient) async throws -> Output
) async throws -> Output {
    let server = try await RedisServer.start(password: settings.password)
    return try await withClient(port: server.port, settings) { client in try await body(server, client) }
}

/// A client of a port on the loopback address, closed when the body returns.
func withClient<Output>(
    port: Int, _ settings: RedisSettings = RedisSettings(), _ body: (RedisClient) async throws -> Output
) async throws -> Output {
    let configuration = RedisConfiguration(
        .standalone(RedisURL(address: .tcp(host: "127.0.0.1", port: port), password: settings.password)),
        prefix: settings.prefix, connectTimeout: settings.connectTimeout, commandTimeout: settings.commandTimeout,
        breaker: settings.breaker, limits: settings.limits)
    return try await withClient(configuration, body)
}

/// A client, closed when the body returns.
func withClient<Output>(
    _ configuration: RedisConfiguration, _ body: (RedisClient) async throws -> Output
) async throws -> Output {
    let client = RedisClient(configuration: configuration, group: MultiThreadedEventLoopGroup.singleton)
    do {
        let output = try await body(client)
        await client.close()
        return output
    } catch {
        await client.close()
        throw error
    }
}

extension ContinuousClock.Instant {
    /// A deadline no healthy request comes near.
    static var soon: ContinuousClock.Instant { .now + .seconds(60) }
}

extension RedisClient {
    /// Sends a command of words.
    func send(words: String...) async throws -> RedisReply {
        var command = RedisCommand(words[0])
        for word in words.dropFirst() { command.append(word) }
        return try await send(command, deadline: .soon)
    }
}

/// The error of a result; nil for a success.
func failure<Success>(of result: Result<Success, StrataError>) -> StrataError? {
    if case .failure(let error) = result { error } else { nil }
}

let testCluster = ClusterIdentity("6a8f3c52-9d1e-4b7a-8c40-2f5e9b1d7a36")!
