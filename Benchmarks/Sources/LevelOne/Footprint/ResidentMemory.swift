#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// How much of a process's memory is resident.
enum ResidentMemory {
    /// The resident bytes now.
    ///
    /// Source: proc(5), `VmRSS` in /proc/pid/status.
    /// - Parameter process: the number of a process, or nil for this one.
    /// - Throws: `LevelOneError` when there is no such process, or the system has no /proc.
    static func bytes(of process: Int32? = nil) throws -> Int {
        let file = "/proc/\(process.map(String.init) ?? "self")/status"
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw LevelOneError("\(file) can't be read; resident memory is measured on Linux only")
        }
        for line in text.split(separator: "\n") where line.hasPrefix("VmRSS:") {
            if let kibibytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) }) {
                return kibibytes * 1024
            }
        }
        throw LevelOneError("\(file) doesn't say how much memory is resident")
    }
}
