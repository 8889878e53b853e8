import Foundation
import Logging
import StrataCore

/// A directory that this process has locked, with the files of its shards in place.
struct StoreDirectory: Sendable {
    let lock: DirectoryLock
    let identity: ClusterIdentity
    let files: [ShardFile]

    /// Opens the directory that the configuration names, and makes it when it is not there. Blocks.
    ///
    /// - Throws: `unavailable` when another process has it, `configuration`, `incompatible`, `corrupt` or `storage`.
    init(opening configuration: EmbeddedConfiguration, logger: Logger) throws(StrataError) {
        guard (1...256).contains(configuration.shards) else {
            throw StrataError(
                .configuration, "an embedded store can't have \(configuration.shards) shards; use 1 to 256")
        }
        let directory = configuration.directory
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StrataError(.storage, "can't make the directory \(directory): \(error.localizedDescription)")
        }
        lock = try DirectoryLock(directory: directory)
        let found = try Manifest(reading: directory)
        if found == nil { try StoreDirectory.checkUnused(directory) }
        var manifest =
            found ?? Manifest(cluster: configuration.identity ?? .random(), shards: configuration.shards)
        guard let identity = manifest.identity, configuration.identity.map({ $0 == identity }) ?? true else {
            throw StrataError(
                .incompatible,
                "the directory \(directory) belongs to cluster \(manifest.cluster), not to "
                    + "\(configuration.identity?.description ?? ""); use another directory")
        }
        self.identity = identity
        if manifest.files.count != configuration.shards {
            logger.warning(
                "The directory keeps its number of shards; the configured one is for new directories.",
                metadata: [
                    "directory": "\(directory)", "shards": "\(manifest.files.count)",
                    "configured": "\(configuration.shards)",
                ])
        }
        files = manifest.files.enumerated().map { index, file in
            ShardFile(
                path: directory + "/" + file.name, shard: index, slots: file.firstSlot...file.lastSlot,
                cluster: identity, durability: configuration.durability, maximumBytes: configuration.maximumShardBytes)
        }
        if !manifest.isComplete {
            try manifest.write(to: directory)
            for file in files where !FileManager.default.fileExists(atPath: file.path) { try file.create() }
            try synchronize(directory)
            manifest.isComplete = true
            try manifest.write(to: directory)
        }
        for file in files { try file.checkHeader() }
    }

    /// Refuses a directory that holds shards but no manifest: its data would be shadowed by new files.
    private static func checkUnused(_ directory: String) throws(StrataError) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        guard let file = names.sorted().first(where: { $0.hasSuffix(".sqlite") }) else { return }
        throw StrataError(
            .incompatible,
            "\(directory)/\(file) is there, but the directory has no \(Manifest.fileName), so it is not an embedded "
                + "store's; use another directory, or restore the manifest from a backup")
    }
}
