#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Standard error, where everything goes that is no result.
enum StandardStreams {
    /// Whether somebody watches standard error.
    static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes a remark, without a line's end of its own.
    static func writeError(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            guard written > 0 else { return }
            bytes = bytes.dropFirst(written)
        }
    }

    /// Shows somebody who watches what is being done, in place of what was shown before; nothing with an empty text.
    static func showProgress(_ text: String) {
        if isErrorTerminal { writeError("\r\u{1B}[K" + text) }
    }
}
