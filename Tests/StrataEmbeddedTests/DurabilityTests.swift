import Foundation
import Logging
import StrataCore
import StrataEmbedded
import StrataTestSupport
import Testing

@Suite("What was acknowledged is there after a restart")
struct DurabilityTests {
    @Test func `a restart keeps values, versions, tombstones and the identity`() async throws {
        let directory = try StoreDirectory()
        let keys = (0..<50).map { Key("key-\($0)") }
        let (identity, versions) = try await directory.withStore(shards: 4) { store in
            for key in keys { try await store.write(Mutation(.put(key.bytes, tags: ["t"]), key: key)) }
            try await store.write(Mutation(.delete, key: keys[0]))
            var versions: [Version] = []
            for key in keys { versions.append(try await store.read(key).version) }
            return (store.identity, versions)
        }
        try await directory.withStore(shards: 4) { store in
            #expect(store.identity == identity)
            for (key, version) in zip(keys, versions) {
                let entry = try await store.read(key)
                #expect(entry.version == version)
                #expect(entry.bytes == (key == keys[0] ? nil : key.bytes))
                #expect(entry.tags == (key == keys[0] ? [] : ["t"]))
                #expect(try await store.write(Mutation(.put([1]), key: key)).version > version)
            }
        }
    }

    @Test func `a directory keeps its number of files whatever is configured later`() async throws {
        let directory = try StoreDirectory()
        try await directory.withStore(shards: 3) { store in
            for index in 0..<30 { try await store.write(Mutation(.put([1]), key: Key("key-\(index)"))) }
        }
        try await directory.withStore(shards: 8) { store in
            #expect(store.statistics.count == 3)
            let count = try await store.count(context: .patient)
            #expect(count == 30)
        }
    }

    @Test func `files copied in the middle of writes hold every write acknowledged before`() async throws {
        let directory = try StoreDirectory()
        let copy = try StoreDirectory()
        let acknowledged = try await directory.withStore { store in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        for index in 0..<60 {
                            try await store.write(
                                Mutation(.put(Array("\(index)".utf8)), key: Key("\(writer)"), returnsPrevious: false))
                        }
                    }
                }
                var acknowledged: [Key: Int] = [:]
                while acknowledged.values.max() ?? 0 < 20 {
                    for writer in 0..<8 {
                        let entry = try await store.read(Key("\(writer)"))
                        acknowledged[Key("\(writer)")] = entry.bytes.flatMap {
                            Int(String(decoding: $0, as: UTF8.self))
                        }
                    }
                }
                for name in ["manifest.json", "shard-0.sqlite", "shard-0.sqlite-wal"] {
                    try FileManager.default.copyItem(
                        atPath: "\(directory.path)/\(name)", toPath: "\(copy.path)/\(name)")
                }
                try await group.waitForAll()
                return acknowledged
            }
        }
        try await copy.withStore { store in
            for (key, index) in acknowledged {
                let found = try await store.read(key).bytes.flatMap { Int(String(decoding: $0, as: UTF8.self)) }
                #expect(found ?? -1 >= index)
            }
        }
    }
}

#if os(Linux)
@Suite("A process that is killed loses nothing it acknowledged")
struct KilledProcessTests {
    private static let variable = "STRATA_TEST_WRITER_DIRECTORY"

    /// The part that is killed: it runs in a process that the test below starts from this very executable.
    @Test(.enabled(if: ProcessInfo.processInfo.environment[variable] != nil))
    func writesUntilKilled() async throws {
        let path = try #require(ProcessInfo.processInfo.environment[Self.variable])
        let store = try await EmbeddedStore(
            EmbeddedConfiguration(directory: path + "/data", shards: 2), logger: .init(label: "writer"))
        _ = FileManager.default.createFile(atPath: path + "/acknowledged", contents: nil)
        let log = try #require(FileHandle(forWritingAtPath: path + "/acknowledged"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<16 {
                group.addTask {
                    for index in 0..<1_000_000 {
                        try await store.write(Mutation(.put(Array("\(index)".utf8)), key: Key("\(writer)-\(index)")))
                        try log.write(contentsOf: Data("\(writer)-\(index)\n".utf8))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment[variable] == nil))
    func `every acknowledged write is there after kill -9`() async throws {
        for _ in 0..<3 {
            let directory = try StoreDirectory()
            // Watched over, so that it does not outlive a test process that is killed itself.
            let process = try ServerProcess(
                .init(
                    try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
                    ["--testing-library", "swift-testing", "--filter", "writesUntilKilled"],
                    environment: [Self.variable: directory.path]),
                outputPath: directory.path + "/output")
            let acknowledged = directory.path + "/acknowledged"
            try await process.waitUntilReady(within: .seconds(60)) {
                (FileManager.default.contents(atPath: acknowledged)?.count ?? 0) >= 4000
            }
            process.kill()

            let text = String(decoding: try #require(FileManager.default.contents(atPath: acknowledged)), as: UTF8.self)
            let keys = text.split(separator: "\n").map { Key(String($0)) }
            #expect(keys.count > 300)
            let store = try await directory.open(shards: 2) { $0.directory += "/data" }
            let entries = await store.read(keys, context: .patient)
            let lost = try zip(keys, entries).filter { try $1.get().bytes == nil }.map(\.0)
            #expect(lost.isEmpty, "lost \(lost.count) of \(keys.count) acknowledged writes")
            await store.close()
        }
    }
}
#endif
