import Foundation
import GRDB
import StrataCore
import StrataEmbedded
import Testing

@Suite("A store under load and under a disk that does not answer")
struct ServingTests {
    @Test func `writes that wait together share a transaction`() async throws {
        let directory = try StoreDirectory()
        try await directory.withStore { store in
            let lock = try FileLock(directory.shard(0))
            await withTaskGroup(of: Bool.self) { group in
                for index in 0..<300 {
                    group.addTask {
                        (try? await store.write(Mutation(.add(1), key: Key("key-\(index % 7)"))))?.applied == true
                    }
                }
                group.addTask {
                    while store.pendingWrites < 200 { await Task.yield() }
                    try? lock.release()
                    return true
                }
                for await succeeded in group { #expect(succeeded) }
            }
            let statistics = store.statistics[0]
            #expect(statistics.writes == 300)
            #expect(statistics.writeTransactions < 110)
            for index in 0..<7 {
                let due = (0..<300).count { $0 % 7 == index }
                #expect(try await store.read(Key("key-\(index)")).bytes == Array("\(due)".utf8))
            }
        }
    }

    @Test func `a hanging disk ends in a timeout at the deadline, and the store serves again after it`() async throws {
        let directory = try StoreDirectory()
        try await directory.withStore { store in
            try await store.write(Mutation(.put([1]), key: "key"))
            let lock = try FileLock(directory.shard(0))
            let began = ContinuousClock.now
            let deadline = began + .milliseconds(100)
            let transaction = Task {
                try await store.applyAtomically(
                    [Mutation(.put([2]), key: "other")], context: StoreContext(deadline: deadline))
            }
            let results = await store.apply(
                [Mutation(.put([2]), key: "key"), Mutation(.put([2]), key: "third")],
                context: StoreContext(deadline: deadline))
            let late = ContinuousClock.now - deadline
            for result in results { #expect(throws: StrataError.self) { try result.get() } }
            if case .failure(let error) = results[0] {
                #expect(error.code == .timeout)
                #expect(error.origin == "embedded-0")
            }
            await #expect(throws: StrataError.self) { try await transaction.value }
            #expect(late >= .zero && late < .seconds(1), "answered \(late) after the deadline")
            #expect(try await store.read("key").bytes == [1])
            try lock.release()
            try await store.write(Mutation(.put([3]), key: "key"))
            #expect(try await store.read("key").bytes == [3])
        }
    }

    @Test func `a caller that is cancelled leaves at once`() async throws {
        let directory = try StoreDirectory()
        try await directory.withStore { store in
            let lock = try FileLock(directory.shard(0))
            let task = Task { await store.apply([Mutation(.put([2]), key: "key")], context: .patient) }
            while store.pendingWrites == 0 { await Task.yield() }
            task.cancel()
            let result = await task.value[0]
            guard case .failure(let error) = result else { return #expect(Bool(false), "\(result)") }
            #expect(error.code == .cancelled)
            try lock.release()
        }
    }

    @Test func `more than the queue holds is refused`() async throws {
        let directory = try StoreDirectory()
        let narrow = { (configuration: inout EmbeddedConfiguration) in configuration.queue.maximumOperations = 5 }
        try await directory.withStore(change: narrow) { store in
            let lock = try FileLock(directory.shard(0))
            let codes = await withTaskGroup(of: StrataError.Code?.self) { group in
                for index in 0..<40 {
                    group.addTask {
                        let result = await store.apply([Mutation(.put([1]), key: Key("\(index)"))], context: .patient)
                        if case .failure(let error) = result[0] { return error.code }
                        return nil
                    }
                }
                var codes: [StrataError.Code?] = []
                for await code in group {
                    codes.append(code)
                    if codes.count == 20 { try? lock.release() }
                }
                return codes
            }
            #expect(codes.count { $0 == .overloaded } >= 20)
            #expect(codes.allSatisfy { $0 == nil || $0 == .overloaded })
            try await store.write(Mutation(.put([1]), key: "later"))
        }
    }

    @Test func `closing finishes what waits and refuses what comes`() async throws {
        let directory = try StoreDirectory()
        let store = try await directory.open()
        let lock = try FileLock(directory.shard(0))
        let writing = Task { await store.apply([Mutation(.put([1]), key: "key")], context: .patient) }
        while store.pendingWrites == 0 { await Task.yield() }
        let closing = Task { await store.close() }
        var refusal: StrataError?
        while refusal == nil {
            if case .failure(let error) = await store.read(["key"], context: .patient)[0] { refusal = error }
        }
        #expect(refusal?.code == .shutdown)
        try lock.release()
        #expect(try await writing.value[0].get().applied)
        await closing.value
        await store.close()
        #expect(!FileManager.default.fileExists(atPath: directory.shard(0) + "-wal"))
        let entry = try await directory.withStore { try await $0.read("key") }
        #expect(entry.bytes == [1])
    }

    @Test func `a full disk is a typed error that takes nothing with it`() async throws {
        let directory = try StoreDirectory()
        let value = [UInt8](repeating: 0x55, count: 20_000)
        let small = { (configuration: inout EmbeddedConfiguration) in configuration.maximumShardBytes = 1 << 20 }
        let kept = try await directory.withStore(change: small) { store in
            var kept: [Key] = []
            var refusal: StrataError?
            while refusal == nil, kept.count < 1000 {
                let key = Key("key-\(kept.count)")
                do { try await store.write(Mutation(.put(value), key: key)) } catch { refusal = error as? StrataError }
                if refusal == nil { kept.append(key) }
            }
            #expect(refusal?.code == .storage)
            #expect(refusal?.message.contains(directory.shard(0)) == true)
            let full = await store.health(context: .patient)
            #expect(full.map(\.name) == ["embedded-0"] && full[0].error?.code == .storage && !full[0].isDown)
            let results = await store.apply(
                [
                    Mutation(.put([1]), key: kept[0]),
                    Mutation(.put([UInt8](repeating: 1, count: 600_000)), key: "large"),
                    Mutation(.put([2]), key: kept[1]),
                ],
                context: .patient)
            #expect(try results[0].get().applied)
            #expect(try results[2].get().applied)
            #expect(throws: StrataError.self) { try results[1].get() }
            for key in kept.dropFirst(2) { #expect(try await store.read(key).bytes == value) }
            for key in kept.prefix(5) { try await store.write(Mutation(.delete, key: key)) }
            try await store.write(Mutation(.put(value), key: "fits again"))
            #expect(await store.health(context: .patient).allSatisfy { $0.state == .serving })
            return kept
        }
        try await directory.withStore { store in
            for key in kept.dropFirst(5) {
                let entry = try await store.read(key)
                #expect(entry.bytes == value)
            }
            let fitting = try await store.read("fits again")
            let refused = try await store.read("large")
            #expect(fitting.bytes == value)
            #expect(refused.content == .absent)
        }
    }

    @Test func `concurrent reads see a write as soon as it is acknowledged`() async throws {
        try await StoreDirectory().withStore(shards: 2) { store in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<16 {
                    group.addTask {
                        for round in 0..<30 {
                            let version = try await store.write(Mutation(.put([UInt8(round)]), key: Key("\(task)")))
                                .version
                            let entry = try await store.read(Key("\(task)"))
                            #expect(entry.version == version && entry.bytes == [UInt8(round)])
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}

/// What keeps a shard from writing, as a disk that does not answer would: another program holds the file's lock.
private final class FileLock: Sendable {
    private let database: DatabaseQueue

    init(_ path: String) throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        database = try DatabaseQueue(path: path, configuration: configuration)
        try database.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
    }

    func release() throws {
        try database.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try database.close()
    }
}
