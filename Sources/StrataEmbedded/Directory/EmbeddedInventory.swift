package import StrataCore

/// What is in the directory of an embedded store, looked at from outside: the process that has it goes on undisturbed.
package struct EmbeddedInventory: Sendable {
    /// One shard's file.
    package struct File: Sendable {
        /// The shard's name, as errors and metrics have it.
        package let name: String
        package let path: String
        /// How many slots it has.
        package let slots: Int
        /// Whether the file is there and is a shard's.
        package let health: ServerHealth
    }

    package let files: [File]

    /// Reads the manifest and the first bytes of each file. Blocks.
    ///
    /// - Throws: `storage` when there is no store in the directory, `incompatible` or `corrupt` when it can't be read.
    package init(of configuration: EmbeddedConfiguration) throws(StrataError) {
        let directory = configuration.directory
        guard let manifest = try Manifest(reading: directory), let cluster = manifest.identity else {
            throw StrataError(.storage, "there is no store in \(directory) yet; cache-proxy serve makes one")
        }
        files = manifest.files.enumerated().map { index, entry in
            let file = ShardFile(
                path: directory + "/" + entry.name, shard: index, slots: entry.firstSlot...entry.lastSlot,
                cluster: cluster, durability: configuration.durability, maximumBytes: nil)
            let name = "\(configuration.name)-\(index)"
            var health = ServerHealth(name)
            do throws(StrataError) { try file.checkHeader() } catch { health.state = .down(error) }
            return File(name: name, path: file.path, slots: file.slots.count, health: health)
        }
    }
}
