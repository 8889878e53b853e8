import Logging
import StrataCore
import StrataPostgres
import StrataTestSupport
import Testing

@Suite struct FailureTests {
    @Test func readsAndWritesGoOnAfterACrash() async throws {
        let server = try await PostgresServer.start()
        try await withShard(url: server.url()) { shard in
            let before = try await shard.put("kept", "1")
            server.kill()
            let down = await shard.read(["kept"], context: .within(.seconds(5)))[0]
            #expect(down.code == .unavailable)
            #expect(down.error?.origin == "shard-0")
            try await server.restart()
            try await eventually { (try? await shard.text("kept", context: .within(.seconds(1)))) == "1" }
            #expect(try await shard.put("kept", "2").version > before.version)
        }
    }

    @Test func failsFastWhileDownAndSaysWhere() async throws {
        let port = try LoopbackPort.free()
        try await withShard(url: "postgresql://u@127.0.0.1:\(port)/d", install: false) { shard in
            let began = ContinuousClock.now
            for _ in 0..<20 {
                let result = await shard.read(["a"], context: .within(.seconds(20)))[0]
                #expect(result.code == .unavailable && result.error?.origin == "shard-0")
            }
            #expect(ContinuousClock.now - began < .seconds(10))
            await #expect(throws: StrataError.self) { try await shard.install(deadline: .now + .seconds(20)) }
            #expect(await shard.health(context: .within(.seconds(5))).map(\.isDown) == [true])
        }
    }

    @Test func aStoppedServerCostsItsCallersTheirTimeAndNoMore() async throws {
        let server = try await PostgresServer.start()
        let configure: (inout PostgresConfiguration) -> Void = { $0.silenceLimit = .milliseconds(200) }
        try await withShard(url: server.url(), configure: configure) { shard in
            _ = try await shard.put("a", "1")
            server.pause()
            let began = ContinuousClock.now
            async let write = shard.apply([Mutation(.put([2]), key: "a")], context: .within(.milliseconds(300)))[0]
            let read = await shard.read(["a"], context: .within(.milliseconds(300)))[0]
            #expect(read.code == .timeout)
            // The connection may be given up for the read's sake a moment before the write's own time is over.
            #expect([.timeout, .unavailable].contains(await write.code))
            #expect(ContinuousClock.now - began < .seconds(3))
            server.resume()
            try await eventually { (try? await shard.text("a", context: .within(.seconds(1)))) != nil }
        }
    }

    @Test func cancelledCallersNeverGetOrLeaveAnotherOnesAnswer() async throws {
        try await withShard { shard in
            let keys = (0..<50).map { Key("mine:\($0)") }
            _ = await shard.apply(
                keys.map { Mutation(.put(Array("\($0)".utf8)), key: $0) }, context: .patient)
            let wrong = await withTaskGroup(of: Int.self) { group in
                for task in 0..<32 {
                    group.addTask {
                        var wrong = 0
                        for round in 0..<60 {
                            let key = keys[(task * 7 + round) % keys.count]
                            let reading = Task { await shard.read([key], context: .patient)[0] }
                            if round % 3 == 0 { reading.cancel() }
                            switch await reading.value {
                            case .success(let entry): if entry.bytes != Array("\(key)".utf8) { wrong += 1 }
                            case .failure(let error): if error.code != .cancelled { wrong += 1 }
                            }
                        }
                        return wrong
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(wrong == 0)
        }
    }

    @Test func aFullQueueIsRefusedAndNotKept() async throws {
        let server = try await PostgresServer.start()
        let configure: (inout PostgresConfiguration) -> Void = { configuration in
            configuration.queueLimit = 8
            configuration.connections = 1
            configuration.pipelineDepth = 1
        }
        try await withShard(url: server.url(), configure: configure) { shard in
            _ = try await shard.put("a", "1")
            server.pause()
            let codes = await withTaskGroup(of: StrataError.Code?.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        await shard.apply([Mutation(.add(1), key: "n")], context: .within(.milliseconds(500)))[0].code
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            server.resume()
            #expect(codes.contains(.overloaded) && codes.contains(.timeout))
            try await eventually { (try? await shard.put("a", "2", context: .within(.seconds(1)))) != nil }
        }
    }

    @Test func aDemotedServerIsLeftAndFoundAgain() async throws {
        let server = try await PostgresServer.start()
        let configure: (inout PostgresConfiguration) -> Void = { $0.connections = 1 }
        try await withShard(url: server.url(), configure: configure) { shard in
            _ = try await shard.put("a", "1")
            try await server.runSQL("ALTER SYSTEM SET default_transaction_read_only = on")
            try await server.runSQL("SELECT pg_reload_conf()")
            try await eventually {
                let error = await shard.apply([Mutation(.put([1]), key: "a")], context: .patient)[0].error
                return error?.sqlState == "25006" && error?.code == .unavailable
            }
            try await server.runSQL("ALTER SYSTEM RESET default_transaction_read_only")
            try await server.runSQL("SELECT pg_reload_conf()")
            try await eventually(within: .seconds(5)) {
                (try? await shard.put("a", "2", context: .within(.seconds(1)))) != nil
            }
        }
    }

    @Test func passwordsNeverShow() async throws {
        let canary = "canary-7f3a9"
        let server = try await PostgresServer.start(authentication: "scram-sha-256")
        let encoded = "canary%2D7f3a9"
        var texts: [String] = []
        for url in [
            server.url(password: canary), server.url(password: encoded), server.url(database: canary, password: canary),
            "postgresql://postgres@127.0.0.1:\(server.port)/postgres?password=\(canary)",
            "postgresql://postgres:\(canary)@127.0.0.1:1/postgres",
        ] {
            try await withShard(url: url, install: false) { shard in
                texts.append("\(shard.configuration)")
                var dumped = ""
                dump(shard.configuration, to: &dumped)
                texts.append(dumped)
                let error = await #expect(throws: StrataError.self) {
                    try await shard.install(deadline: .now + .seconds(10))
                }
                texts.append(error.map { "\($0) \($0.message) \(String(reflecting: $0))" } ?? "")
                texts.append("\(await shard.read(["a"], context: .within(.seconds(5))))")
            }
        }
        for url in ["postgresql://u:\(canary)@host:port:1/%zz", "mysql://u:\(canary)@h/d", canary] {
            let configuration = try PostgresConfiguration(name: "s", url: url)
            let error = #expect(throws: StrataError.self) {
                try PostgresShard(configuration, reactor: PostgresReactor(), logger: Logger(label: "test"))
            }
            #expect(error?.code == .configuration)
            texts.append(String(reflecting: error))
        }
        #expect(!texts.contains { $0.contains(canary) || $0.contains(encoded) }, "a password shows")
    }

    @Test func afterShutdownEverythingIsRefused() async throws {
        let url = try await SharedServer.shared.database()
        let shard = try PostgresShard(
            PostgresConfiguration(name: "s", url: url), reactor: PostgresReactor(), logger: Logger(label: "test"))
        try await shard.install()
        let running = Task { try await shard.run() }
        _ = try await shard.put("a", "1")
        running.cancel()
        try await running.value
        #expect(await shard.read(["a"], context: .patient)[0].code == .shutdown)
        await #expect(throws: StrataError.self) { try await shard.withConnection { try await $0.query("SELECT 1") } }
    }
}

extension Result where Failure == StrataError {
    var error: StrataError? {
        if case .failure(let error) = self { error } else { nil }
    }
}
