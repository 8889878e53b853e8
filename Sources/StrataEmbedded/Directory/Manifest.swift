import Foundation
import StrataCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What a directory of an embedded store holds: its format, whose data it is, and which file has which slots.
struct Manifest: Codable, Equatable {
    /// One file, with the slots it has for ever.
    struct File: Codable, Equatable {
        var name: String
        var firstSlot: Int
        var lastSlot: Int
    }

    /// The format this code writes and reads.
    static let currentFormat = 1
    static let fileName = "manifest.json"

    var format: Int
    var cluster: String
    /// False until every file has been made; nothing was ever stored in a directory that is not complete.
    var isComplete: Bool
    var files: [File]

    /// The manifest of a new directory: the slots in as many runs of equal length as there are shards.
    init(cluster: ClusterIdentity, shards: Int) {
        format = Manifest.currentFormat
        self.cluster = cluster.description
        isComplete = false
        files = (0..<shards).map { index in
            File(
                name: "shard-\(index).sqlite", firstSlot: index * Slot.count / shards,
                lastSlot: (index + 1) * Slot.count / shards - 1)
        }
    }

    /// Reads a directory's manifest; nil when it has none.
    ///
    /// - Throws: `incompatible` for another format, `corrupt` for a file that is no manifest.
    init?(reading directory: String) throws(StrataError) {
        let path = directory + "/" + Manifest.fileName
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        struct Header: Decodable { var format: Int }
        guard let data = FileManager.default.contents(atPath: path),
            let header = try? JSONDecoder().decode(Header.self, from: data)
        else { throw StrataError(.corrupt, "\(path) is damaged; restore it from a backup") }
        guard header.format == Manifest.currentFormat else {
            throw StrataError(
                .incompatible,
                "\(path) has format \(header.format), and this version reads \(Manifest.currentFormat); "
                    + "use the version that wrote it")
        }
        guard let manifest = try? JSONDecoder().decode(Manifest.self, from: data), manifest.isSound else {
            throw StrataError(.corrupt, "\(path) is damaged; restore it from a backup")
        }
        self = manifest
    }

    /// Whose data the directory holds.
    var identity: ClusterIdentity? { ClusterIdentity(cluster) }

    /// Writes the manifest so that after a crash either the old or the new one is there, whole.
    func write(to directory: String) throws(StrataError) {
        let path = directory + "/" + Manifest.fileName
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try encoder.encode(self).write(to: URL(fileURLWithPath: path + ".new"))
        } catch {
            throw StrataError(.storage, "can't write \(path).new: \(error.localizedDescription)")
        }
        try synchronize(path + ".new")
        guard rename(path + ".new", path) == 0 else {
            throw StrataError(.storage, "can't write \(path): \(String(cString: strerror(errno)))")
        }
        try synchronize(directory)
    }

    private var isSound: Bool {
        identity != nil && files.first?.firstSlot == 0 && files.last?.lastSlot == Slot.count - 1
            && files.allSatisfy { $0.firstSlot <= $0.lastSlot && !$0.name.contains("/") }
            && zip(files, files.dropFirst()).allSatisfy { $0.lastSlot + 1 == $1.firstSlot }
    }
}

/// Makes the kernel write a file or a directory to the disk.
func synchronize(_ path: String) throws(StrataError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
        throw StrataError(.storage, "can't open \(path): \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else {
        throw StrataError(.storage, "can't sync \(path): \(String(cString: strerror(errno)))")
    }
}
