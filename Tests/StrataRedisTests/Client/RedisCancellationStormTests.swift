import Foundation
import NIOConcurrencyHelpers
import StrataCore
import StrataTestSupport
import Testing

@testable import StrataRedis

/// Callers give up all the time while the connection is slow and its bytes come in pieces.
@Suite struct RedisCancellationStormTests {
    fileprivate struct Tally {
        var right = 0
        var wrong: [String] = []
        var cancelled = 0
        var failed: [StrataError] = []
    }

    /// `STRATA_STORM_REQUESTS` says how many requests; 30 % of them are cancelled. The server counts what reached it: what
    /// it answered beyond what callers got are replies that nobody waited for any more.
    @Test(.timeLimit(.minutes(60)))
    func cancelledRequestsNeverGiveTheirReplyToAnother() async throws {
        let wanted = ProcessInfo.processInfo.environment["STRATA_STORM_REQUESTS"].flatMap(Int.init) ?? 100_000
        let callers = 500
        let requests = max(1, wanted / callers)
        let server = try await RedisServer.start()
        let proxy = try await FaultProxy.start(
            upstreamPort: server.port, faults: FaultProxy.Faults(delay: .microseconds(200), pieceBytes: 2000))
        let began = ContinuousClock.now
        let tally = try await withClient(port: proxy.port) { client in
            await RedisCancellationStormTests.storm(client, callers: callers, requests: requests)
        }
        let ran = ContinuousClock.now - began
        await proxy.stop()
        let commands = try await withClient(port: server.port) { client in
            try await RedisCancellationStormTests.echoes(client)
        }
        let total = callers * requests
        print(
            "cancellation storm: \(total) requests in \(ran), \(tally.right) answered, \(tally.cancelled) cancelled,",
            "\(tally.wrong.count) wrong, \(tally.failed.count) failed; the server ran \(commands) of their commands")
        #expect(tally.wrong.prefix(3) == [])
        #expect(tally.failed.prefix(3) == [])
        #expect(tally.right + tally.cancelled == total)
        #expect(tally.right >= total * 7 / 10)
        #expect(tally.cancelled >= total / 5)
        // Every request has one command, every tenth a second one: at least so many were cancelled after they were sent.
        #expect(commands - tally.right * 11 / 10 > total / 20)
    }

    private static func storm(_ client: RedisClient, callers: Int, requests: Int) async -> Tally {
        let tally = NIOLockedValueBox(Tally())
        await withTaskGroup(of: Void.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    for request in 0..<requests {
                        let values = (0..<(request % 10 == 9 ? 2 : 1)).map { Array("\(caller)/\(request)/\($0)".utf8) }
                        let call = Task { await echo(values, client) }
                        switch (caller + request) % 10 {
                        // Mostly before it is sent.
                        case 0: call.cancel()
                        // Mostly on its way: some moment within what the proxy takes.
                        case 1, 2:
                            try? await Task.sleep(for: .microseconds(.random(in: 0...4000)))
                            call.cancel()
                        default: break
                        }
                        let result = await call.value
                        tally.withLockedValue { $0.add(result, to: values) }
                    }
                }
            }
        }
        return tally.withLockedValue { $0 }
    }

    private static func echo(
        _ values: [[UInt8]], _ client: RedisClient
    ) async -> Result<[RedisReply], StrataError> {
        do throws(StrataError) {
            let commands = values.map { RedisCommand("ECHO", $0) }
            return .success(
                commands.count == 1
                    ? [try await client.send(commands[0], deadline: .soon)]
                    : try await client.send(commands, deadline: .soon))
        } catch {
            return .failure(error)
        }
    }

    /// How many `ECHO`s the server ran.
    private static func echoes(_ client: RedisClient) async throws -> Int {
        let reply = try await client.send(words: "INFO", "commandstats")
        let text = String(decoding: reply.bytes ?? [], as: UTF8.self)
        let count = text.firstRange(of: "cmdstat_echo:calls=").map { text[$0.upperBound...].prefix(while: \.isNumber) }
        return try #require(count.flatMap { Int($0) })
    }
}

extension RedisCancellationStormTests.Tally {
    fileprivate mutating func add(_ result: Result<[RedisReply], StrataError>, to values: [[UInt8]]) {
        switch result {
        case .success(values.map(RedisReply.bulk)): right += 1
        case .success(let replies): wrong.append("\(replies) instead of \(values)")
        case .failure(let error) where error.code == .cancelled: cancelled += 1
        case .failure(let error): failed.append(error)
        }
    }
}
