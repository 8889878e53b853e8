#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// A recorded sequence of requests: the numbers of keys, in the order in which they were asked for.
package struct Trace: Sendable {
    package let name: String
    package let requests: [UInt32]
    /// How many different keys it asks for.
    package let uniqueKeys: Int

    package init(name: String, requests: [UInt32]) {
        self.name = name
        self.requests = requests
        uniqueKeys = Set(requests).count
    }

    /// Reads a file of little-endian 32-bit numbers; the trace is called what the file is, without `.u32`.
    ///
    /// - Throws: what reading the file throws, and `LevelOneError` when its length is no multiple of four.
    package init(contentsOf file: URL) throws {
        let data = try Data(contentsOf: file)
        guard data.count.isMultiple(of: 4) else {
            throw LevelOneError("\(file.path): \(data.count) bytes are not a sequence of 32-bit numbers")
        }
        let requests = data.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 4).map {
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
            }
        }
        self.init(name: file.deletingPathExtension().lastPathComponent, requests: requests)
    }

    /// Every `*.u32` file of a directory, in the order of their names.
    ///
    /// - Throws: `LevelOneError` when there is none, or the directory can't be read.
    package static func files(in directory: String) throws -> [URL] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: directory)
        } catch {
            throw LevelOneError("\(directory) can't be read; give a directory with *.u32 files")
        }
        let files = names.filter { $0.hasSuffix(".u32") }.sorted()
        guard !files.isEmpty else { throw LevelOneError("\(directory) has no *.u32 file") }
        return files.map { URL(fileURLWithPath: directory).appendingPathComponent($0) }
    }

    /// The capacities it is replayed at: 1, 5, 10 and 25 % of its unique keys, rounded down, at least 16.
    package var capacities: [Int] {
        [1, 5, 10, 25].map { max(16, uniqueKeys * $0 / 100) }
    }
}
