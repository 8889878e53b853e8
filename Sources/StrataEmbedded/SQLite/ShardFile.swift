import Foundation
import GRDB
import StrataCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// One shard's SQLite file: where it is, what it has to hold, and how connections to it are made.
struct ShardFile: Sendable {
    let path: String
    let shard: Int
    let slots: ClosedRange<Int>
    let cluster: ClusterIdentity
    let durability: EmbeddedConfiguration.Durability
    let maximumBytes: Int?

    /// A connection of one thread.
    ///
    /// - Throws: `corrupt`, `incompatible` or `storage`, naming the file.
    func connect() throws(StrataError) -> DatabaseQueue {
        try connect(to: path)
    }

    /// Makes the file under another name first, so that it is never there half made.
    func create() throws(StrataError) {
        let draft = path + ".new"
        for leftover in [draft, draft + "-wal", draft + "-shm"] { unlink(leftover) }
        let database = try connect(to: draft)
        do {
            try database.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA application_id = \(ShardSchema.applicationID)")
            }
            try ShardSchema.migrator.migrate(database)
            try database.write { database in
                try database.execute(
                    sql: "INSERT INTO identity (id, cluster, shard, first_slot, last_slot) VALUES (0, ?, ?, ?, ?)",
                    arguments: [Data(cluster.bytes), shard, slots.lowerBound, slots.upperBound])
                let insertion = try database.makeStatement(
                    sql: "INSERT INTO slot (slot, generation, collected) VALUES (?, 0, 0)")
                for slot in slots { try insertion.execute(arguments: [slot]) }
            }
            _ = try database.writeWithoutTransaction { try $0.checkpoint(.truncate) }
            try database.close()
        } catch {
            throw StrataError(error, file: draft)
        }
        try synchronize(draft)
        guard rename(draft, path) == 0 else {
            throw StrataError(.storage, "can't make \(path): \(String(cString: strerror(errno)))")
        }
    }

    /// Looks at the first bytes of the file, without changing anything about it.
    ///
    /// Source: SQLite documentation, "Database File Format", the header of 100 bytes.
    ///
    /// - Throws: `corrupt` when it is no SQLite file, `incompatible` when another program made it.
    func checkHeader() throws(StrataError) {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw StrataError(
                .corrupt, "\(path) is missing or can't be read; restore it from a backup, or fix its permissions")
        }
        defer { try? file.close() }
        let header = [UInt8]((try? file.read(upToCount: 100)) ?? Data())
        guard header.count == 100, header.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw StrataError(.corrupt, "\(path) is damaged or no SQLite file; restore it from a backup")
        }
        let applicationID = header[68..<72].reduce(0) { $0 << 8 | UInt32($1) }
        guard applicationID == UInt32(bitPattern: ShardSchema.applicationID) else {
            throw StrataError(
                .incompatible, "\(path) is a SQLite file of another program; move it away, or use another directory")
        }
    }

    /// Brings the schema up to date and checks that the file is the one the manifest means.
    func prepare(_ database: DatabaseQueue) throws(StrataError) {
        let migrator = ShardSchema.migrator
        do {
            guard try database.read({ try !migrator.hasBeenSuperseded($0) }) else {
                throw StrataError(.incompatible, "\(path) was written by a later version; use that version")
            }
            try migrator.migrate(database)
            let row = try database.read { database in
                try Row.fetchOne(database, sql: "SELECT cluster, shard, first_slot, last_slot FROM identity")
            }
            let found = row.map { row in [row["shard"], row["first_slot"], row["last_slot"]] as [Int] }
            guard let row, Array(row["cluster"] as Data) == cluster.bytes,
                found == [shard, slots.lowerBound, slots.upperBound]
            else {
                throw StrataError(
                    .incompatible,
                    "\(path) belongs to another cluster or shard than the directory's manifest says; "
                        + "put the right file in its place")
            }
        } catch {
            throw StrataError(error, file: path)
        }
    }

    private func connect(to path: String) throws(StrataError) -> DatabaseQueue {
        var configuration = Configuration()
        configuration.journalMode = .wal
        // Only another program that looks into the file, or a checkpoint, ever holds a lock that we wait for.
        configuration.busyMode = .timeout(5)
        configuration.foreignKeysEnabled = false
        // A roll-back that a broken disk refuses must not end the process: it is tried again with the next batch.
        configuration.allowsUnsafeTransactions = true
        let maximumBytes = maximumBytes
        let synchronous = durability == .full ? "FULL" : "NORMAL"
        configuration.prepareDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA synchronous = \(synchronous);
                    PRAGMA temp_store = MEMORY;
                    PRAGMA cache_size = -16384;
                    PRAGMA wal_autocheckpoint = 4000;
                    PRAGMA journal_size_limit = 67108864;
                    """)
            if let maximumBytes {
                let pageBytes = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 4096
                try database.execute(sql: "PRAGMA max_page_count = \(max(1, maximumBytes / pageBytes))")
            }
        }
        do {
            return try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw StrataError(error, file: path)
        }
    }
}
