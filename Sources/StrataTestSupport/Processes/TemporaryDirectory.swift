#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A directory of one test, removed when its last user is gone.
package final class TemporaryDirectory: Sendable {
    /// The absolute path.
    package let path: String

    /// - Parameters:
    ///   - name: the beginning of the directory's name.
    ///   - owner: the user that a server in it runs as; nil for the current one.
    package init(_ name: String, owner: String? = nil) throws {
        // Not the test's working directory: the path of a Unix socket must stay below 108 bytes.
        var template = Array("/tmp/strata-\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw ServerProcessError("no temporary directory: \(String(cString: strerror(errno)))")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if let owner {
            guard let user = getpwnam(owner), chown(path, user.pointee.pw_uid, user.pointee.pw_gid) == 0 else {
                throw ServerProcessError("\(path) can't be given to user \(owner): \(String(cString: strerror(errno)))")
            }
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
