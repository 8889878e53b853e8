import Foundation
import GRDB
import StrataCore
import StrataEmbedded
import Testing

@Suite("A store opens only what is its own")
struct OpeningTests {
    @Test func `a second store is refused with the directory and the process that has it`() async throws {
        let directory = try StoreDirectory()
        let store = try await directory.open()
        let error = await directory.openingError()
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains(directory.path) == true)
        #expect(error?.message.contains("process \(ProcessInfo.processInfo.processIdentifier);") == true)
        try await store.write(Mutation(.put([1]), key: "still served"))
        await store.close()
        #expect(await directory.openingError() == nil)
    }

    @Test func `a store that was dropped without closing lets go of the directory and keeps its writes`() async throws {
        let directory = try StoreDirectory()
        var store: EmbeddedStore? = try await directory.open()
        try await store?.write(Mutation(.put([1]), key: "key"))
        store = nil
        let end = ContinuousClock.now + .seconds(30)
        while await directory.openingError()?.code == .unavailable, ContinuousClock.now < end { await Task.yield() }
        let entry = try await directory.withStore { try await $0.read("key") }
        #expect(entry.bytes == [1])
    }

    @Test func `a directory of another cluster is refused`() async throws {
        let directory = try StoreDirectory()
        let identity = ClusterIdentity.random()
        let store = try await directory.open { $0.identity = identity }
        #expect(store.identity == identity)
        await store.close()
        #expect(await directory.openingError { $0.identity = .random() }?.code == .incompatible)
        #expect(await directory.openingError { $0.identity = identity } == nil)
    }

    @Test func `a file that is none of SQLite is named`() async throws {
        let directory = try StoreDirectory()
        try await directory.withStore { _ in }
        try Data("not a database, but long enough to look like one".utf8).write(
            to: URL(fileURLWithPath: directory.shard(0)))
        await expectRefusal(of: directory, .corrupt, naming: directory.shard(0))
    }

    @Test func `a missing file is named instead of being made anew`() async throws {
        let directory = try StoreDirectory()
        try await directory.withStore(shards: 2) { _ in }
        try FileManager.default.removeItem(atPath: directory.shard(1))
        await expectRefusal(of: directory, .corrupt, naming: directory.shard(1))
        #expect(!FileManager.default.fileExists(atPath: directory.shard(1)))
    }

    @Test func `a SQLite file of another program is refused and left alone`() async throws {
        let directory = try StoreDirectory()
        try await directory.withStore { _ in }
        try FileManager.default.removeItem(atPath: directory.shard(0))
        try directory.tamper(with: 0, "CREATE TABLE theirs (id INTEGER); INSERT INTO theirs VALUES (1)")
        let before = try Data(contentsOf: URL(fileURLWithPath: directory.shard(0)))
        await expectRefusal(of: directory, .incompatible, naming: directory.shard(0))
        #expect(try Data(contentsOf: URL(fileURLWithPath: directory.shard(0))) == before)
    }

    @Test func `a file of another shard or cluster is refused`() async throws {
        let directory = try StoreDirectory()
        let other = try StoreDirectory()
        try await directory.withStore(shards: 2) { _ in }
        try await other.withStore(shards: 2) { _ in }
        try FileManager.default.removeItem(atPath: directory.shard(0))
        try FileManager.default.copyItem(atPath: other.shard(0), toPath: directory.shard(0))
        await expectRefusal(of: directory, .incompatible, naming: directory.shard(0))
        try FileManager.default.removeItem(atPath: directory.shard(0))
        try FileManager.default.copyItem(atPath: directory.shard(1), toPath: directory.shard(0))
        await expectRefusal(of: directory, .incompatible, naming: directory.shard(0))
    }

    @Test func `a file of a later version is refused`() async throws {
        let directory = try StoreDirectory()
        try await directory.withStore { _ in }
        try directory.tamper(with: 0, "INSERT INTO grdb_migrations (identifier) VALUES ('999')")
        await expectRefusal(of: directory, .incompatible, naming: directory.shard(0))
    }

    @Test func `shards without a manifest are refused`() async throws {
        let directory = try StoreDirectory()
        try await directory.withStore { _ in }
        try FileManager.default.removeItem(atPath: directory.path + "/manifest.json")
        await expectRefusal(of: directory, .incompatible, naming: "manifest.json")
    }

    @Test(arguments: [("{}", StrataError.Code.corrupt), ("{\"format\": 7}", .incompatible), ("", .corrupt)])
    func `a manifest that can't be read is refused`(text: String, code: StrataError.Code) async throws {
        let directory = try StoreDirectory()
        try await directory.withStore { _ in }
        try Data(text.utf8).write(to: URL(fileURLWithPath: directory.path + "/manifest.json"))
        await expectRefusal(of: directory, code, naming: "manifest.json")
    }

    @Test func `a directory that was being made when the process died is finished`() async throws {
        let directory = try StoreDirectory()
        try await directory.withStore(shards: 3) { _ in }
        let manifest = directory.path + "/manifest.json"
        let text = String(decoding: try #require(FileManager.default.contents(atPath: manifest)), as: UTF8.self)
        try Data(text.replacing("\"isComplete\" : true", with: "\"isComplete\" : false").utf8).write(
            to: URL(fileURLWithPath: manifest))
        try FileManager.default.removeItem(atPath: directory.shard(2))
        try Data("half".utf8).write(to: URL(fileURLWithPath: directory.shard(2) + ".new"))
        try await directory.withStore { store in
            for index in 0..<20 { try await store.write(Mutation(.put([1]), key: Key("key-\(index)"))) }
            let count = try await store.count(context: .patient)
            #expect(count == 20)
        }
    }

    @Test func `numbers of shards that can't be are refused`() async throws {
        let directory = try StoreDirectory()
        for shards in [0, -1, 257] {
            #expect(await directory.openingError { $0.shards = shards }?.code == .configuration)
        }
    }

    @Test func `damage inside a file is an error of the keys it holds, not the end of the process`() async throws {
        let directory = try StoreDirectory()
        try await directory.withStore { store in
            let mutations = (0..<400).map { Mutation(.put([UInt8](repeating: 7, count: 200)), key: Key("key-\($0)")) }
            for result in await store.apply(mutations, context: .patient) { _ = try result.get() }
        }
        var bytes = try Data(contentsOf: URL(fileURLWithPath: directory.shard(0)))
        let pages = bytes.count / 4096
        for page in (pages / 2)..<pages {
            bytes.replaceSubrange(page * 4096..<(page + 1) * 4096, with: Data(repeating: 0xA5, count: 4096))
        }
        try bytes.write(to: URL(fileURLWithPath: directory.shard(0)))
        do throws(StrataError) {
            let store = try await directory.open()
            let results = await store.read((0..<400).map { Key("key-\($0)") }, context: .patient)
            let errors = results.compactMap { result -> StrataError? in
                if case .failure(let error) = result { error } else { nil }
            }
            #expect(!errors.isEmpty)
            #expect(errors.allSatisfy { $0.code == .corrupt && $0.message.contains(directory.shard(0)) })
            await store.close()
        } catch {
            #expect(error.code == .corrupt)
            #expect(error.message.contains(directory.shard(0)))
        }
    }

    private func expectRefusal(
        of directory: StoreDirectory, _ code: StrataError.Code, naming name: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        let error = await directory.openingError()
        #expect(error?.code == code, "\(String(describing: error))", sourceLocation: sourceLocation)
        #expect(error?.message.contains(name) == true, "\(String(describing: error))", sourceLocation: sourceLocation)
    }
}
