import Foundation

/// The files of this checkout.
enum Repository {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: self.path(path)) }

    static func isExecutable(_ path: String) -> Bool { FileManager.default.isExecutableFile(atPath: self.path(path)) }

    /// The absolute path of a file.
    static func path(_ path: String) -> String { root.appending(path: path).path }

    /// A program that was built with the tests, such as `cache-proxy`.
    static func product(_ name: String) -> String {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: name).path
    }
}
