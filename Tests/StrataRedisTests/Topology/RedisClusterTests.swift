import NIOConcurrencyHelpers
import NIOPosix
import StrataCore
import StrataTestSupport
import Testing

@testable import StrataRedis

@Suite struct RedisSlotMapTests {
    private let sender = RedisURL.Address.tcp(host: "10.0.0.9", port: 7000)

    private func range(_ first: Int64, _ last: Int64, _ host: RedisReply, _ port: Int64) -> RedisReply {
        .array([
            .integer(first), .integer(last), .array([host, .integer(port), .bulk(Array("id".utf8))]),
            .array([.bulk(Array("10.0.0.7".utf8)), .integer(1)]),
        ])
    }

    private func host(_ text: String) -> RedisReply { .bulk(Array(text.utf8)) }

    @Test func `slots belong to the masters of their ranges`() throws {
        var map = try RedisSlotMap(
            .array([
                range(0, 99, host("10.0.0.1"), 7001), range(100, 100, .null, 7002), range(200, 299, host(""), 7003),
                range(300, 399, host("?"), 7004), range(16_000, 16_383, host("10.0.0.1"), 7001),
            ]), from: sender)
        let first = RedisURL.Address.tcp(host: "10.0.0.1", port: 7001)
        #expect(map.owner(of: 0) == first && map.owner(of: 99) == first && map.owner(of: 16_383) == first)
        #expect(map.owner(of: 100) == .tcp(host: "10.0.0.9", port: 7002))
        #expect(map.owner(of: 250) == .tcp(host: "10.0.0.9", port: 7003))
        #expect(map.owner(of: 300) == nil && map.owner(of: 15_999) == nil)
        #expect(map.servers.count == 3)
        map.move(300, to: first)
        #expect(map.owner(of: 300) == first)
    }

    @Test func `what is no map is refused`() {
        let replies: [(RedisReply, StrataError.Code)] = [
            (.error("ERR This instance has cluster support disabled"), .configuration), (.null, .corrupt),
            (.array([.integer(1)]), .corrupt), (.array([range(5, 4, host("h"), 1)]), .corrupt),
            (.array([range(0, 16_384, host("h"), 1)]), .corrupt), (.array([range(-1, 4, host("h"), 1)]), .corrupt),
            (.array([range(0, 1, host("h"), 0)]), .corrupt),
            (.array((0..<1001).map { range($0, $0, host("h"), $0 + 1) }), .configuration),
        ]
        for (reply, code) in replies {
            let error = #expect(throws: StrataError.self) { try RedisSlotMap(reply, from: sender) }
            #expect(error?.code == code)
        }
    }

    @Test func `redirections are read as the specification writes them`() {
        let moved = RedisRedirect("MOVED 3999 127.0.0.1:6381", from: sender)
        #expect(moved?.slot == 3999 && moved?.address == .tcp(host: "127.0.0.1", port: 6381) && moved?.isAsk == false)
        let ask = RedisRedirect("ASK 16383 ::1:6381", from: sender)
        #expect(ask?.address == .tcp(host: "::1", port: 6381) && ask?.isAsk == true)
        #expect(RedisRedirect("MOVED 1 :7", from: sender)?.address == .tcp(host: "10.0.0.9", port: 7))
        for text in [
            "MOVED", "MOVED 16384 h:1", "MOVED -1 h:1", "ASK 1 h", "ASK 1 h:0", "ERR 1 h:1", "MOVED 1 h:70000",
        ] {
            #expect(RedisRedirect(text, from: sender) == nil)
        }
    }

    @Test(arguments: [("123456789", 12739), ("foo", 12182), ("{user1000}.following", 3443), ("foo{}{bar}", 8363)])
    func `keys have the slots that Redis computes`(key: String, slot: Int) {
        #expect(Slot(of: Key(key)).number == slot)
    }
}

/// Three masters that share the slots, and a replica of the first one when asked for.
private struct Fleet {
    let servers: [RedisServer]
    let replica: RedisServer?

    static func start(hasReplica: Bool = false) async throws -> Fleet {
        let options = [
            "--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-replica-validity-factor", "0",
            "--repl-diskless-sync-delay", "0", "--cluster-require-full-coverage", "no",
        ]
        var servers: [RedisServer] = []
        while servers.count < (hasReplica ? 4 : 3) {
            let server = try await RedisServer.start(
                arguments: options + ["--cluster-port", "\(try LoopbackPort.free())"])
            servers.append(server)
        }
        let fleet = Fleet(servers: Array(servers.prefix(3)), replica: hasReplica ? servers[3] : nil)
        let ranges = [(0, 5460), (5461, 10_922), (10_923, 16_383)]
        for (server, range) in zip(servers, ranges) {
            try await fleet.ask(server, "CLUSTER", "ADDSLOTSRANGE", "\(range.0)", "\(range.1)")
        }
        for (number, server) in servers.enumerated() {
            try await fleet.ask(server, "CLUSTER", "SET-CONFIG-EPOCH", "\(number + 1)")
        }
        let busPort = try await fleet.busPort(of: servers[0])
        for server in servers.dropFirst() {
            try await fleet.ask(server, "CLUSTER", "MEET", "127.0.0.1", "\(servers[0].port)", busPort)
        }
        for server in servers {
            try await eventually {
                let text = try await fleet.ask(server, "CLUSTER", "INFO").text ?? ""
                let nodes = try await fleet.ask(server, "CLUSTER", "NODES").text ?? ""
                return text.contains("cluster_state:ok") && text.contains("cluster_slots_assigned:16384")
                    && !nodes.contains("handshake") && nodes.split(separator: "\n").count == servers.count
            }
        }
        if let replica = fleet.replica {
            let master = try await fleet.ask(servers[0], "CLUSTER", "MYID").text ?? ""
            try await fleet.ask(replica, "CLUSTER", "REPLICATE", master)
            try await eventually {
                let role = try await fleet.ask(replica, "ROLE").elements
                return role?.first?.text == "slave" && role?[3].text == "connected"
            }
        }
        return fleet
    }

    private func busPort(of server: RedisServer) async throws -> String {
        try await ask(server, "CONFIG", "GET", "cluster-port").elements?.last?.text ?? ""
    }

    @discardableResult
    func ask(_ server: RedisServer, _ words: String...) async throws -> RESPValue {
        try await RESPClient.connected(to: server.port) { client in
            let reply = try await client.pipeline([words])[0]
            if case .error(let text) = reply { throw ServerProcessError("\(words): \(text)") }
            return reply
        }
    }

    var configuration: RedisConfiguration {
        RedisConfiguration(
            .cluster(servers.map { RedisURL(address: .tcp(host: "127.0.0.1", port: $0.port)) }),
            connectTimeout: .seconds(10), commandTimeout: .seconds(20),
            breaker: CircuitBreakerOptions(slowCall: .seconds(20)))
    }

    /// Moves a slot with all its keys from one master to another, a few keys at a time.
    func move(_ slot: Int, from source: RedisServer, to target: RedisServer) async throws {
        let sourceID = try await ask(source, "CLUSTER", "MYID").text ?? ""
        let targetID = try await ask(target, "CLUSTER", "MYID").text ?? ""
        try await ask(target, "CLUSTER", "SETSLOT", "\(slot)", "IMPORTING", sourceID)
        try await ask(source, "CLUSTER", "SETSLOT", "\(slot)", "MIGRATING", targetID)
        while true {
            let keys = try await ask(source, "CLUSTER", "GETKEYSINSLOT", "\(slot)", "3").elements ?? []
            if keys.isEmpty { break }
            for key in keys {
                try await ask(source, "MIGRATE", "127.0.0.1", "\(target.port)", key.text ?? "", "0", "5000")
            }
        }
        for server in [target, source] { try await ask(server, "CLUSTER", "SETSLOT", "\(slot)", "NODE", targetID) }
    }
}

@Suite(.serialized) struct RedisClusterTests {
    @Test func `a tier on a cluster answers in the order asked, and the log has a home`() async throws {
        let fleet = try await Fleet.start()
        try await withClient(fleet.configuration) { client in
            let tier = RedisTier(client: client, cluster: testCluster)
            let keys = (0..<500).map { Key("key:\($0)") }
            let offers = keys.map { key in
                TierOffer(
                    key: key, entry: Entry(version: Version(rawValue: 1), content: .value(key.bytes, .string)),
                    lifetime: .seconds(600))
            }
            for taken in await tier.offer(offers, deadline: .soon) { #expect(try taken.get()) }
            for (key, entry) in zip(keys, await tier.read(keys, deadline: .soon)) {
                #expect(try entry.get()?.content == .value(key.bytes, .string))
            }
            #expect(await tier.health(deadline: .soon).count == 3)
            try await tier.removeAll(deadline: .soon)
            for entry in await tier.read(keys, deadline: .soon) {
                let found = try entry.get()
                #expect(found == nil)
            }

            let log = RedisInvalidationLog(client: client, options: .init(poll: .milliseconds(50)))
            let subscriber = RedisInvalidationLogTests.Subscriber()
            let running = Task { try await log.run(delivering: subscriber) }
            try await eventually { !subscriber.heartbeats.isEmpty }
            let event = InvalidationEvent.key("a", below: Version(rawValue: 7))
            try await log.publish([event], deadline: .soon)
            try await eventually { subscriber.events == [event] }
            running.cancel()
            _ = await running.result

            let store = RedisStore(client: client, cluster: testCluster, besideTier: true)
            let context = StoreContext(deadline: .soon)
            for outcome in await store.apply(
                keys.prefix(20).map { Mutation(.put($0.bytes), key: $0) }, context: context)
            {
                #expect(try outcome.get().applied)
            }
            let count = try await store.count(context: context)
            #expect(count == 20)
        }
    }

    @Test func `nothing is lost or wrong while slots move under load`() async throws {
        let fleet = try await Fleet.start()
        try await withClient(fleet.configuration) { client in
            // Few slots with many keys each, all of which move back and forth.
            let tags = (0..<4).map { "{tag\($0)}" }
            let isDone = NIOLockedValueBox(false)
            let counts = try await withThrowingTaskGroup(of: Int.self) { tasks in
                for worker in 0..<8 {
                    tasks.addTask {
                        var written: [String: Int] = [:]
                        var rounds = 0
                        while !isDone.withLockedValue({ $0 }) {
                            rounds += 1
                            let key = "\(tags[rounds % tags.count]):\(worker):\(rounds % 60)"
                            let name = Array(key.utf8)
                            let place = client.place(of: name)
                            let read = try await client.send(RedisCommand("GET", name), at: place, deadline: .soon)
                            #expect(
                                read == written[key].map { .bulk(Array("\($0)".utf8)) } ?? .null,
                                "lost or wrong: \(key)")
                            let set = RedisCommand("SET", name, Array("\(rounds)".utf8))
                            let answer = try await client.send(set, at: place, deadline: .soon)
                            #expect(answer == .status("OK"))
                            written[key] = rounds
                        }
                        for (key, value) in written {
                            let name = Array(key.utf8)
                            let read = try await client.send(
                                RedisCommand("GET", name), at: client.place(of: name), deadline: .soon)
                            #expect(read == .bulk(Array("\(value)".utf8)))
                        }
                        return rounds
                    }
                }
                for _ in 0..<4 {
                    for tag in tags {
                        let slot = Slot(of: Key(tag)).number
                        let node = try await client.topology.node(at: RedisPlace(slot: slot), deadline: .soon)
                        let current = try #require(fleet.servers.firstIndex { node.name.hasSuffix(":\($0.port)") })
                        try await fleet.move(slot, from: fleet.servers[current], to: fleet.servers[(current + 1) % 3])
                        // The map knows of the move as soon as a command has met it.
                        try await eventually { () async throws -> Bool in
                            _ = try await client.send(
                                RedisCommand("GET", Array(tag.utf8)), at: RedisPlace(slot: slot), deadline: .soon)
                            return client.topology.knownNode(at: RedisPlace(slot: slot)) !== node
                        }
                    }
                }
                isDone.withLockedValue { $0 = true }
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            print("measured: 16 slots moved under \(2 * counts.reduce(0, +)) commands, 0 wrong, 0 lost")
            #expect(counts.allSatisfy { $0 > 0 })
        }
    }

    @Test func `a replica takes over from its dead master`() async throws {
        let fleet = try await Fleet.start(hasReplica: true)
        try await withClient(fleet.configuration) { client in
            let name = try #require(
                (0..<100_000).lazy.map { Array("key:\($0)".utf8) }.first {
                    client.place(of: $0).number <= 5460
                })
            let place = client.place(of: name)
            let written = try await client.send(RedisCommand("SET", name, name), at: place, deadline: .soon)
            #expect(written == .status("OK"))
            let replicated = try await client.send(RedisCommand(words: "WAIT", "1", "5000"), at: place, deadline: .soon)
            #expect(replicated == .integer(1))
            let killed = ContinuousClock.now
            fleet.servers[0].kill()
            try await eventually(within: .seconds(60)) {
                let deadline = ContinuousClock.now + .milliseconds(500)
                let reply = try? await client.send(RedisCommand("GET", name), at: place, deadline: deadline)
                return reply == .bulk(name)
            }
            print("measured: cluster failover, \(ContinuousClock.now - killed) from the kill")
            let again = try await client.send(RedisCommand("SET", name, name), at: place, deadline: .soon)
            #expect(again == .status("OK"))
        }
    }

    @Test func `a server that is in no cluster is refused`() async throws {
        let server = try await RedisServer.start()
        let url = RedisURL(address: .tcp(host: "127.0.0.1", port: server.port))
        try await withClient(RedisConfiguration(.cluster([url]))) { client in
            let place = client.place(of: [1])
            let error = await #expect(throws: StrataError.self) {
                _ = try await client.send(RedisCommand("GET", [1]), at: place, deadline: .soon)
            }
            #expect(error?.code == .configuration)
        }
    }
}
