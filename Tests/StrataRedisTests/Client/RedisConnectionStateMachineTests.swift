import StrataCore
import Testing

@testable import StrataRedis

@Suite struct RedisConnectionStateMachineTests {
    private static let time = RedisReply.array([.bulk(Array("1700000000".utf8)), .bulk(Array("123456".utf8))])
    private let now = RedisInstant.now

    private func ready() -> RedisConnectionStateMachine<Int> {
        var machine = RedisConnectionStateMachine<Int>(
            handshake: RedisHandshake(url: RedisURL(address: .unix(path: "/x")), clientName: "test"))
        _ = machine.connected()
        _ = machine.received(.status("OK"))
        _ = machine.received(RedisConnectionStateMachineTests.time)
        return machine
    }

    @Test func logsInBeforeItTakesRequests() {
        let url = RedisURL(address: .unix(path: "/x"), user: "ann", password: "pw", database: 4)
        var machine = RedisConnectionStateMachine<Int>(handshake: RedisHandshake(url: url, clientName: "test"))
        let commands = machine.connected()
        #expect(
            commands == [
                RedisCommand(words: "AUTH", "ann", "pw"), RedisCommand(words: "SELECT", "4"),
                RedisCommand(words: "CLIENT", "SETNAME", "test"), RedisCommand(words: "TIME"),
            ])
        for _ in 0..<3 {
            guard case .none = machine.received(.status("OK")) else {
                Issue.record("the handshake ended early")
                return
            }
            #expect(machine.phase == .handshaking)
        }
        guard case .ready(let time) = machine.received(RedisConnectionStateMachineTests.time) else {
            Issue.record("the connection is not ready")
            return
        }
        #expect(time == 1_700_000_000_123)
        #expect(machine.phase == .ready)
    }

    @Test func aRefusedLoginSaysSoWithoutThePassword() {
        let url = RedisURL(address: .unix(path: "/x"), password: "canary")
        var machine = RedisConnectionStateMachine<Int>(handshake: RedisHandshake(url: url, clientName: "test"))
        _ = machine.connected()
        guard case .close(let error) = machine.received(.error("WRONGPASS canary is wrong")) else {
            Issue.record("a refused login did not close the connection")
            return
        }
        #expect(error.code == .authentication)
        #expect(!error.description.contains("canary"))
    }

    @Test func repliesGoToTheirRequestsInOrder() {
        var machine = ready()
        machine.sent(1, commands: 2, at: now)
        machine.sent(2, commands: 1, at: now.advanced(byNanoseconds: 1_000_000_000))
        #expect(machine.oldestSent == now)
        var deliveries: [String] = []
        for number in 0..<3 {
            guard
                case .deliver(let request, let reply, let isLast, _, false) = machine.received(.integer(Int64(number)))
            else {
                Issue.record("reply \(number) was not delivered")
                return
            }
            deliveries.append("\(request) \(reply.integer ?? -1) \(isLast)")
        }
        #expect(deliveries == ["1 0 false", "1 1 true", "2 2 true"])
        #expect(machine.oldestSent == nil)
    }

    @Test func aReplyNobodyAskedForClosesTheConnection() {
        var machine = ready()
        guard case .close(let error) = machine.received(.status("OK")) else {
            Issue.record("an extra reply was taken")
            return
        }
        #expect(error.code == .corrupt)
    }

    @Test func drainingWaitsForTheRepliesThatAreDue() {
        var idle = ready()
        let closesAtOnce = idle.drain()
        #expect(closesAtOnce)
        var machine = ready()
        machine.sent(1, commands: 1, at: now)
        machine.sent(2, commands: 1, at: now)
        let closesBusy = machine.drain()
        #expect(!closesBusy)
        guard case .deliver(1, _, true, _, thenClose: false) = machine.received(.null),
            case .deliver(2, _, true, _, thenClose: true) = machine.received(.null)
        else {
            Issue.record("draining does not end with the last reply")
            return
        }
    }

    @Test func theEndFailsWhatIsUnderWay() {
        var machine = ready()
        machine.sent(1, commands: 2, at: now)
        machine.sent(2, commands: 1, at: now)
        _ = machine.received(.null)
        #expect(machine.closed() == [1, 2])
        guard case .none = machine.received(.null) else {
            Issue.record("a reply after the end has an effect")
            return
        }
        #expect(machine.closed() == [])
    }
}
