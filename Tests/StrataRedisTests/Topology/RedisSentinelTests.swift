import NIOConcurrencyHelpers
import NIOPosix
import StrataCore
import StrataTestSupport
import Testing

@testable import StrataRedis

@Suite struct RedisSentinelAnswerTests {
    private func reply(_ port: Int, epoch: Int) -> RedisReply {
        .array(
            ["name", "main", "ip", "10.0.0.1", "port", "\(port)", "config-epoch", "\(epoch)"].map {
                .bulk(Array($0.utf8))
            })
    }

    @Test func `the latest failover counts, and of equals the majority`() throws {
        let answers = try [(1, 4), (2, 5), (1, 4)].map {
            try RedisSentinelAnswer(reply($0.0, epoch: $0.1), master: "main")
        }
        #expect(RedisSentinelAnswer.best(of: answers)?.address == .tcp(host: "10.0.0.1", port: 2))
        let equals = try [(1, 5), (2, 5), (2, 5)].map {
            try RedisSentinelAnswer(reply($0.0, epoch: $0.1), master: "main")
        }
        #expect(RedisSentinelAnswer.best(of: equals)?.address == .tcp(host: "10.0.0.1", port: 2))
        #expect(RedisSentinelAnswer.best(of: []) == nil)
    }

    @Test func `what is no answer is refused`() {
        let answers: [(RedisReply, StrataError.Code)] = [
            (.error("ERR No such master with that name"), .configuration),
            (.error("NOAUTH Authentication required."), .authentication), (.null, .corrupt), (.array([]), .corrupt),
            (reply(0, epoch: 1), .corrupt), (reply(70_000, epoch: 1), .corrupt),
        ]
        for (reply, code) in answers {
            let error = #expect(throws: StrataError.self) { try RedisSentinelAnswer(reply, master: "main") }
            #expect(error?.code == code)
        }
    }
}

/// A master, two replicas and three sentinels, all with passwords.
private struct Fleet {
    static let password = "data-secret"
    static let sentinelPassword = "sentinel-secret"
    let servers: [RedisServer]
    let sentinels: [RedisSentinelServer]

    init() async throws {
        let options = ["--masterauth", Fleet.password, "--repl-diskless-sync-delay", "0"]
        let master = try await RedisServer.start(password: Fleet.password, arguments: options)
        let follow = options + ["--replicaof", "127.0.0.1", "\(master.port)"]
        servers = [
            master, try await RedisServer.start(password: Fleet.password, arguments: follow),
            try await RedisServer.start(password: Fleet.password, arguments: follow),
        ]
        var sentinels: [RedisSentinelServer] = []
        for _ in 0..<3 {
            sentinels.append(
                try await RedisSentinelServer(
                    of: "main", port: master.port, password: Fleet.sentinelPassword, serverPassword: Fleet.password))
        }
        self.sentinels = sentinels
        for sentinel in sentinels {
            try await RESPClient.connected(to: sentinel.port) { client in
                try await client.send("AUTH", Fleet.sentinelPassword)
                try await eventually {
                    let words = try await client.send("SENTINEL", "MASTER", "main").elements?.map(\.text) ?? []
                    func field(_ name: String) -> String? { words.firstIndex(of: name).flatMap { words[$0 + 1] } }
                    return field("num-slaves") == "2" && field("num-other-sentinels") == "2"
                }
            }
        }
    }

    var configuration: RedisConfiguration {
        let urls = sentinels.map {
            RedisURL(address: .tcp(host: "127.0.0.1", port: $0.port), password: Fleet.sentinelPassword)
        }
        return RedisConfiguration(
            .sentinel(
                RedisConfiguration.Sentinel(
                    sentinels: urls, master: "main",
                    login: RedisURL(address: .tcp(host: "main", port: 6379), password: Fleet.password))))
    }
}

@Suite(.serialized) struct RedisSentinelTests {
    @Test func `reads and writes go on after the master was killed`() async throws {
        let fleet = try await Fleet()
        try await withClient(fleet.configuration) { client in
            let running = Task { try await client.run() }
            defer { running.cancel() }
            let tier = RedisTier(client: client, cluster: testCluster)
            let announced = NIOLockedValueBox<ContinuousClock.Instant?>(nil)
            let watch = Task {
                try await RESPClient.connected(to: fleet.sentinels[0].port) { sentinel in
                    try await sentinel.send("AUTH", Fleet.sentinelPassword)
                    while !Task.isCancelled {
                        let words = try await sentinel.send("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main").elements
                        if words?.last?.text != "\(fleet.servers[0].port)" {
                            announced.withLockedValue { $0 = .now }
                            return
                        }
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
            }
            defer { watch.cancel() }

            // Each round writes a version and reads it back, or fails. While nothing is broken it has all the time there is: a
            // busy machine is no failover.
            func round(_ number: UInt64, within limit: Duration) async -> Bool {
                let key = Key("key:\(number % 100)")
                let entry = Entry(version: Version(rawValue: number), content: .value(key.bytes, .string))
                let offer = TierOffer(key: key, entry: entry, lifetime: .seconds(600))
                let deadline = ContinuousClock.now + limit
                guard let taken = try? await tier.offer([offer], deadline: deadline)[0].get(), taken,
                    let read = try? await tier.read([key], deadline: deadline)[0].get()
                else { return false }
                #expect(read.version == entry.version && read.content == entry.content)
                return true
            }
            for number in 1...200 as ClosedRange<UInt64> { #expect(await round(number, within: .seconds(30))) }

            let killed = ContinuousClock.now
            fleet.servers[0].kill()
            var number: UInt64 = 1000
            var (failed, succeeded) = (0, 0)
            try await eventually(within: .seconds(60)) {
                number += 1
                if await round(number, within: .milliseconds(500)) {
                    succeeded += 1
                } else {
                    (failed, succeeded) = (failed + 1, 0)
                }
                return succeeded >= 50 && failed > 0
            }
            let resumed = ContinuousClock.now
            try await eventually { announced.withLockedValue { $0 != nil } }
            let decided = try #require(announced.withLockedValue { $0 })
            print(
                "measured: sentinel failover, \(resumed - killed) from the kill,"
                    + " \(resumed - decided) from the sentinels' decision, \(failed) rounds failed")
            #expect(resumed - decided < .seconds(5))
            let health = await client.health(deadline: .soon)
            #expect(health.count == 1 && health[0].error == nil)
            running.cancel()
            _ = await running.result
        }
    }

    @Test func `a demoted master that still answers is let go`() async throws {
        let fleet = try await Fleet()
        try await withClient(fleet.configuration) { client in
            // Without `run()`: nobody listens to the sentinels, and only the refusal says what has happened.
            let reply = try await client.send(words: "SET", "a", "1")
            #expect(reply == .status("OK"))
            let old = try #require(client.topology.knownNode(at: .only))
            try await RESPClient.connected(to: fleet.sentinels[1].port) { sentinel in
                try await sentinel.send("AUTH", Fleet.sentinelPassword)
                let began = try await sentinel.send("SENTINEL", "FAILOVER", "main")
                #expect(began == .status("OK"))
            }
            // A demoted server ends its connections, so each question takes a new one.
            try await eventually(within: .seconds(60)) {
                let role = try? await RESPClient.connected(to: fleet.servers[0].port) { master in
                    try await master.send("AUTH", Fleet.password)
                    return try await master.send("ROLE").elements?.first?.text
                }
                return role == "slave"
            }
            try await eventually {
                (try? await client.send(words: "SET", "b", "2")) == .status("OK")
            }
            #expect(client.topology.knownNode(at: .only) !== old)
            let read = try await client.send(words: "GET", "b")
            #expect(read == .bulk(Array("2".utf8)))
        }
    }

    @Test func `without a sentinel that knows the master, requests fail with the reason`() async throws {
        let server = try await RedisServer.start()
        let sentinel = try await RedisSentinelServer(of: "main", port: server.port, quorum: 1)
        let url = RedisURL(address: .tcp(host: "127.0.0.1", port: sentinel.port))
        let configuration = RedisConfiguration(
            .sentinel(RedisConfiguration.Sentinel(sentinels: [url], master: "other", login: url)))
        try await withClient(configuration) { client in
            let error = await #expect(throws: StrataError.self) { _ = try await client.send(words: "GET", "a") }
            #expect(error?.code == .configuration)
            #expect(error?.message.contains("other") == true)
        }
    }
}
