#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Where the programs are that tests start.
package enum ServerBinary {
    /// redis-server: the file that `STRATA_REDIS_SERVER` names, else the first in PATH or the usual directories.
    package static func redisServer() throws -> String {
        try find("redis-server", file: "STRATA_REDIS_SERVER", in: ["/usr/bin", "/usr/local/bin"])
    }

    /// twemproxy, which Debian calls nutcracker: the file that `STRATA_NUTCRACKER` names, else as redis-server.
    package static func nutcracker() throws -> String {
        try find("nutcracker", file: "STRATA_NUTCRACKER", in: ["/usr/sbin", "/usr/local/sbin", "/usr/bin"])
    }

    /// openssl, which makes certificates.
    package static func openssl() throws -> String { try find("openssl", in: ["/usr/bin", "/usr/local/bin"]) }

    /// pgbouncer: the file that `STRATA_PGBOUNCER` names, else as redis-server.
    package static func pgbouncer() throws -> String {
        try find("pgbouncer", file: "STRATA_PGBOUNCER", in: ["/usr/sbin", "/usr/local/sbin", "/usr/bin"])
    }

    /// A program of Postgres, such as `initdb`: in the directory that `STRATA_POSTGRES_BIN` names, else in PATH, else in
    /// Debian's directories, the newest version first.
    package static func postgres(_ program: String) throws -> String {
        let versions = (14...24).reversed().map { "/usr/lib/postgresql/\($0)/bin" }
        return try find(program, directory: "STRATA_POSTGRES_BIN", in: versions + ["/usr/local/pgsql/bin"])
    }

    private static func find(
        _ program: String, file fileVariable: String? = nil, directory directoryVariable: String? = nil,
        in usual: [String]
    ) throws -> String {
        let environment = ProcessInfo.processInfo.environment
        if let name = fileVariable, let path = environment[name], !path.isEmpty {
            guard isExecutable(path) else { throw ServerProcessError("\(name) names \(path), which can't be run") }
            return path
        }
        if let name = directoryVariable, let directory = environment[name], !directory.isEmpty {
            let path = directory + "/" + program
            guard isExecutable(path) else {
                throw ServerProcessError("\(name) names \(directory), which has no \(program) that can be run")
            }
            return path
        }
        let directories = (environment["PATH"] ?? "").split(separator: ":").map(String.init) + usual
        guard let path = directories.lazy.map({ $0 + "/" + program }).first(where: isExecutable) else {
            throw ServerProcessError("\(program) is not installed; `make test` installs what the tests need")
        }
        return path
    }

    private static func isExecutable(_ path: String) -> Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory
            && FileManager.default.isExecutableFile(atPath: path)
    }
}
