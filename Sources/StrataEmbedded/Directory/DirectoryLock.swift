import Foundation
import NIOConcurrencyHelpers
import StrataCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The lock that keeps a second process, or a second store of this one, out of a directory; it ends with this object at the latest.
///
/// The kernel ends it with the process, however that ends, so no stale lock is ever left behind.
final class DirectoryLock: Sendable {
    private let held: NIOLockedValueBox<Int32?>

    /// - Throws: `unavailable` when another process holds the directory; `storage` when the lock file can't be made.
    init(directory: String) throws(StrataError) {
        let path = directory + "/LOCK"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StrataError(.storage, "can't make \(path): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var text = [UInt8](repeating: 0, count: 32)
            let count = pread(descriptor, &text, text.count, 0)
            close(descriptor)
            let holder = String(decoding: text.prefix(max(0, count)), as: UTF8.self)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            throw StrataError(
                .unavailable,
                "the directory \(directory) is in use by process \(holder.isEmpty ? "(unknown)" : holder); "
                    + "stop it, or use another directory")
        }
        let holder = Array("\(getpid())\n".utf8)
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, holder, holder.count, 0)
        held = NIOLockedValueBox(descriptor)
    }

    /// Lets others have the directory.
    func release() {
        let descriptor = held.withLockedValue { held in
            defer { held = nil }
            return held
        }
        if let descriptor { close(descriptor) }
    }

    deinit {
        release()
    }
}
