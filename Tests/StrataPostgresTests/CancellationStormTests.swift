import NIOConcurrencyHelpers
import StrataCore
import StrataPostgres
import StrataTestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Callers that give up while their requests are on a slow, sliced way.
@Suite struct CancellationStormTests {
    private struct Tally: Sendable {
        var right = 0
        var wrong = 0
        var cancelled = 0
        var failed: [StrataError] = []
    }

    /// `STRATA_CANCELLATIONS` says how many requests, of which 30 in 100 are cancelled: before, while and after their answers
    /// come.
    @Test func cancelledRequestsNeverGiveTheirAnswerToAnother() async throws {
        let count = ProcessInfo.processInfo.environment["STRATA_CANCELLATIONS"].flatMap(Int.init) ?? 12_000
        let server = try await PostgresServer.start()
        let proxy = try await FaultProxy.start(
            upstreamPort: server.port, faults: FaultProxy.Faults(delay: .microseconds(200), pieceBytes: 2_000))
        let url = server.url().replacing(":\(server.port)/", with: ":\(proxy.port)/")
        let tasks = 64
        let keys = (0..<500).map { Key("key:\($0)") }
        let tally = try await withShard(url: url) { shard in
            for result in await shard.apply(keys.map { Mutation(.put(value(of: $0)), key: $0) }, context: .patient) {
                _ = try result.get()
            }
            return await withTaskGroup(of: Tally.self) { group in
                for task in 0..<tasks {
                    group.addTask {
                        var tally = Tally()
                        var generator = SeededGenerator(seed: UInt64(task))
                        for request in 0..<(count / tasks) {
                            let key = keys[Int.random(in: keys.indices, using: &generator)]
                            await ask(key, on: shard, request, &generator, &tally)
                        }
                        return tally
                    }
                }
                return await group.reduce(into: Tally()) { sum, part in
                    sum.right += part.right
                    sum.wrong += part.wrong
                    sum.cancelled += part.cancelled
                    sum.failed += part.failed
                }
            }
        }
        await proxy.stop()
        print(
            "measured: \(count) requests over a delaying, slicing proxy: \(tally.right) right, \(tally.cancelled) cancelled,",
            "\(tally.failed.count) failed, \(tally.wrong) wrong")
        #expect(tally.wrong == 0)
        #expect(tally.failed == [], "\(tally.failed.first.map(String.init(describing:)) ?? "")")
        #expect(tally.cancelled > count / 20, "too few were cancelled before their answer came")
        #expect(tally.right >= count / tasks * tasks * 6 / 10)
    }

    private func value(of key: Key) -> [UInt8] { Array("value of \(key)".utf8) }

    /// A read of one key, of several, or a write of what it holds already; three of ten are cancelled.
    private func ask(
        _ key: Key, on shard: PostgresShard, _ request: Int, _ generator: inout SeededGenerator, _ tally: inout Tally
    ) async {
        let expected = value(of: key)
        let call = Task { () -> Result<[UInt8]?, StrataError> in
            switch request % 4 {
            case 0:
                return await shard.apply([Mutation(.put(expected), key: key)], context: .patient)[0].map { _ in expected
                }
            case 1:
                return await shard.read(["absent", key], context: .patient)[1].map(\.bytes)
            default:
                return await shard.read([key], context: .patient)[0].map(\.bytes)
            }
        }
        if Int.random(in: 0..<10, using: &generator) < 3 {
            for _ in 0..<Int.random(in: 0...20, using: &generator) { await Task.yield() }
            call.cancel()
        }
        switch await call.value {
        case .success(expected): tally.right += 1
        case .success: tally.wrong += 1
        case .failure(let error) where error.code == .cancelled: tally.cancelled += 1
        case .failure(let error): tally.failed.append(error)
        }
    }
}
