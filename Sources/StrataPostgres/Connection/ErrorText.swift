import StrataCore

/// Error texts of libpq and the server in a form that may be shown: one line, without the secrets of the connection.
struct ErrorText: Sendable {
    private let secrets: [String]

    /// - Parameter secrets: texts that no message may carry; empty ones are ignored.
    init(hiding secrets: [String] = []) {
        // The longest first, so that a secret which contains another leaves no rest.
        self.secrets = secrets.filter { !$0.isEmpty }.sorted { $0.utf8.count > $1.utf8.count }
    }

    /// The text in one line, at most 500 characters, with each secret replaced.
    func shown(_ text: String) -> String {
        var clean = text
        for secret in secrets where clean.contains(secret) {
            clean = clean.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "***")
        }
        let line = clean.split { $0.isNewline || $0 == "\t" || $0 == "\r" }
            .map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }.joined(separator: "; ")
        return line.count > 500 ? line.prefix(500) + "…" : line
    }
}
