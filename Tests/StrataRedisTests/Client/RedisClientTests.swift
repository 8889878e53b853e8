import NIOCore
import NIOPosix
import StrataCore
import StrataTestSupport
import Testing

@testable import StrataRedis

@Suite struct RedisClientTests {
    @Test func commandsBatchesAndErrors() async throws {
        try await withRedis { _, client in
            #expect(try await client.send(words: "SET", "a", "1") == .status("OK"))
            #expect(try await client.send(words: "GET", "a") == .bulk([49]))
            #expect(try await client.send(words: "GET", "b") == .null)
            let replies = try await client.send(
                [
                    RedisCommand(words: "INCR", "a"), RedisCommand(words: "LPUSH", "a", "x"),
                    RedisCommand(words: "GET", "a"),
                ],
                deadline: .soon)
            #expect(replies[0] == .integer(2))
            #expect(replies[2] == .bulk([50]))
            let error = #expect(throws: StrataError.self) { try replies[1].successful() }
            #expect(error?.code == .server)
            #expect(try await client.send([], deadline: .soon) == [])
        }
    }

    @Test func twoThousandTasksShareFewConnections() async throws {
        try await withRedis(RedisSettings(limits: RedisConfiguration.Limits(commandsInFlight: 300))) { _, client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<2000 {
                    group.addTask {
                        let key = Array("key \(task)".utf8)
                        let value = Array("value of \(task)".utf8)
                        let set = try await client.send(RedisCommand("SET", key, value), deadline: .soon)
                        #expect(set == .status("OK"))
                        let reply = try await client.send(RedisCommand("GET", key), deadline: .soon)
                        #expect(reply == .bulk(value))
                    }
                }
                try await group.waitForAll()
            }
            let clients = try await client.send(words: "CLIENT", "LIST").bytes ?? []
            let lines = String(decoding: clients, as: UTF8.self).split(separator: "\n")
            #expect(lines.filter { $0.contains("name=strata") }.count <= 2)
        }
    }

    @Test func logsInWithPasswordAndDatabaseAlsoOverAUnixSocket() async throws {
        let server = try await RedisServer.start(password: "secret")
        // Its last use is its path; the server must not end with that.
        defer { withExtendedLifetime(server) {} }
        let url = RedisURL(address: .unix(path: server.socketPath), password: "secret", database: 3)
        let client = RedisClient(
            configuration: RedisConfiguration(.standalone(url), connectTimeout: .seconds(10)),
            group: MultiThreadedEventLoopGroup.singleton)
        #expect(try await client.send(words: "SET", "a", "1") == .status("OK"))
        let list = try await client.send(words: "CLIENT", "LIST").bytes ?? []
        #expect(String(decoding: list, as: UTF8.self).contains("db=3"))
        await client.close()
    }

    @Test func aWrongPasswordIsSaidWithoutShowingIt() async throws {
        try await withRedis(RedisSettings(password: "secret")) { server, _ in
            try await withClient(port: server.port, RedisSettings(password: "canary")) { client in
                let error = await #expect(throws: StrataError.self) { try await client.send(words: "GET", "a") }
                #expect(error?.code == .authentication)
                #expect(error?.description.contains("canary") == false)
                #expect(error?.description.contains("127.0.0.1:\(server.port)") == true)
            }
        }
    }

    @Test func aUserWithFewRightsIsServedAndOneCommandTooManyIsThatCommandsError() async throws {
        try await withRedis { server, administrator in
            func grant(_ rights: String...) async throws {
                var command = RedisCommand(words: "ACL", "SETUSER", "reader", "reset", "on", ">secret", "~*")
                for right in rights { command.append(right) }
                #expect(try await administrator.send(command, deadline: .soon) == .status("OK"))
            }
            try await grant("+get", "+time", "+select")
            let url = RedisURL(
                address: .tcp(host: "127.0.0.1", port: server.port), user: "reader", password: "secret", database: 2)
            try await withClient(RedisConfiguration(.standalone(url), connectTimeout: .seconds(10))) { client in
                #expect(try await client.send(words: "GET", "a") == .null)
                guard case .error(let text) = try await client.send(words: "SET", "a", "1") else {
                    Issue.record("the user may write")
                    return
                }
                #expect(text.hasPrefix("NOPERM") && text.contains("set"))
                #expect(try await client.send(words: "GET", "a") == .null)
            }
            try await grant("+get", "+select")
            try await withClient(RedisConfiguration(.standalone(url), connectTimeout: .seconds(10))) { client in
                let error = await #expect(throws: StrataError.self) { try await client.send(words: "GET", "a") }
                #expect(error?.code == .authentication)
                #expect(error?.message.contains("\"reader\" may not run TIME") == true)
                #expect(error?.description.contains("secret") == false)
            }
        }
    }

    @Test func theDatabaseIsTheSameAfterAReconnect() async throws {
        let server = try await RedisServer.start()
        let url = RedisURL(address: .tcp(host: "127.0.0.1", port: server.port), database: 5)
        try await withClient(RedisConfiguration(.standalone(url))) { client in
            func database() async -> String? {
                let connection = (try? await client.send(words: "CLIENT", "INFO"))?.bytes ?? []
                return String(decoding: connection, as: UTF8.self).split(separator: " ").first { $0.hasPrefix("db=") }
                    .map(
                        String.init)
            }
            #expect(await database() == "db=5")
            server.kill()
            try await server.restart()
            for _ in 0..<4 {
                try await eventually {
                    guard let database = await database() else { return false }
                    #expect(database == "db=5")
                    return true
                }
            }
        }
    }

    @Test func scriptsRunWhetherTheServerKnowsThemOrNot() async throws {
        try await withRedis { _, client in
            let script = RedisScript("return {KEYS[1], ARGV[1]}")
            let calls = (0..<5).map { script.call(keys: [[107]], arguments: [[UInt8($0)]]) }
            for _ in 0..<2 {
                let replies = try await client.evaluate(calls, deadline: .soon)
                #expect(replies == (0..<5).map { .array([.bulk([107]), .bulk([UInt8($0)])]) })
            }
            _ = try await client.send(words: "SCRIPT", "FLUSH")
            #expect(try await client.evaluate(calls, deadline: .soon).count == 5)
        }
    }

    @Test func aServerThatIsDownAtStartIsNamedAtOnceAndFoundLater() async throws {
        let server = try await RedisServer.start()
        server.kill()
        try await withClient(port: server.port) { client in
            for _ in 0..<3 {
                let began = ContinuousClock.now
                let error = await #expect(throws: StrataError.self) { try await client.send(words: "GET", "a") }
                #expect(error?.code == .unavailable)
                #expect(error?.description.contains("127.0.0.1:\(server.port)") == true)
                #expect(ContinuousClock.now - began < .seconds(5))
            }
            try await server.restart()
            try await eventually { (try? await client.send(words: "GET", "a")) == .null }
        }
    }

    @Test func aServerThatIsKilledInTheMiddleFailsWhatIsUnderWayAndIsFoundAgain() async throws {
        try await withRedis { server, client in
            _ = try await client.send(words: "SET", "a", "1")
            server.pause()
            let waiting = Task { try await client.send(words: "GET", "a") }
            try await Task.sleep(for: .milliseconds(50))
            server.kill()
            await #expect(throws: StrataError.self) { try await waiting.value }
            let began = ContinuousClock.now
            let error = await #expect(throws: StrataError.self) { try await client.send(words: "GET", "a") }
            #expect(error?.code == .unavailable)
            #expect(ContinuousClock.now - began < .seconds(5))
            try await server.restart()
            try await eventually { (try? await client.send(words: "GET", "a")) == .null }
        }
    }

    @Test func aStoppedServerCostsOneTimeoutAndThenNothing() async throws {
        try await withRedis(RedisSettings(connectTimeout: .seconds(3), commandTimeout: .seconds(2))) {
            server, client in
            _ = try await client.send(words: "SET", "a", "1")
            server.pause()
            let began = ContinuousClock.now
            let first = await #expect(throws: StrataError.self) {
                try await client.send(RedisCommand(words: "GET", "a"), deadline: .now + .milliseconds(200))
            }
            #expect(first?.code == .timeout)
            #expect(ContinuousClock.now - began >= .milliseconds(200))
            #expect(ContinuousClock.now - began < .seconds(5))
            // Once the connections have been given up, nobody waits any more.
            try await eventually {
                let began = ContinuousClock.now
                let error = await #expect(throws: StrataError.self) { try await client.send(words: "GET", "a") }
                return error?.code == .unavailable && ContinuousClock.now - began < .milliseconds(100)
            }
            server.resume()
            try await eventually { (try? await client.send(words: "GET", "a")) == .bulk([49]) }
        }
    }

    @Test func aDeadlineInThePastIsATimeout() async throws {
        try await withRedis { _, client in
            let error = await #expect(throws: StrataError.self) {
                try await client.send(RedisCommand(words: "SET", "a", "1"), deadline: .now - .milliseconds(1))
            }
            #expect(error?.code == .timeout)
            let reply = try await client.send(words: "GET", "a")
            #expect(reply == .null)
        }
    }

    @Test func tooManyWaitingRequestsAreRefused() async throws {
        try await withRedis(RedisSettings(limits: RedisConfiguration.Limits(commandsInFlight: 2, waitingRequests: 3))) {
            server, client in
            _ = try await client.send(words: "SET", "a", "1")
            server.pause()
            let codes = await withTaskGroup(of: StrataError.Code?.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        do throws(StrataError) {
                            _ = try await client.send(
                                RedisCommand(words: "GET", "a"), deadline: .now + .milliseconds(500))
                            return nil
                        } catch {
                            return error.code
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            server.resume()
            // Two event loops, each with two on the wire and three behind them.
            #expect(codes.filter { $0 == .overloaded }.count >= 30)
            #expect(codes.allSatisfy { $0 == .overloaded || $0 == .timeout })
        }
    }

    @Test func aClosedClientRefusesAndRunEndsWithItsTask() async throws {
        let server = try await RedisServer.start()
        let client = RedisClient(
            configuration: RedisConfiguration(.standalone(try RedisURL(parsing: server.url))),
            group: MultiThreadedEventLoopGroup.singleton)
        let running = Task { try await client.run() }
        #expect(try await client.send(words: "PING") == .status("PONG"))
        running.cancel()
        try await running.value
        let error = await #expect(throws: StrataError.self) { try await client.send(words: "PING") }
        #expect(error?.code == .shutdown)
    }

    @Test func repliesThatAreNoneCloseTheConnection() async throws {
        // Something else listens on the port: a server that greets with HTTP.
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Greeter()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = listener.localAddress?.port ?? 0
        try await withClient(port: port) { client in
            let error = await #expect(throws: StrataError.self) { try await client.send(words: "GET", "a") }
            #expect(error?.code == .corrupt)
        }
        try await listener.close()
    }
}

/// Says something that is no Redis reply.
private final class Greeter: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n\r\n")), promise: nil)
    }
}
