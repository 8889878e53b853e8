import Foundation
import Logging

/// Writes each log message as one line to standard error: time, level, label, message, metadata.
struct LineLogHandler: LogHandler {
    let label: String
    let threshold: LogThreshold
    var metadata: Logger.Metadata = [:]
    /// A logger's own level, when somebody set one; else the process's.
    private var ownLevel: Logger.Level?

    init(label: String, threshold: LogThreshold) {
        self.label = label
        self.threshold = threshold
    }

    var logLevel: Logger.Level {
        get { ownLevel ?? threshold.level }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let pairs = all.sorted { $0.key < $1.key }.map { " \($0.key)=\(Self.quoted("\($0.value)"))" }.joined()
        let time = Date.now.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
        let line = "\(time)Z \(event.level) \(label): \(Self.oneLine("\(event.message)"))\(pairs)\n"
        // What can't be written to standard error can't be reported anywhere either.
        try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
    }

    /// A value that has spaces in quotes, so that a line can be taken apart again.
    private static func quoted(_ value: String) -> String {
        let value = oneLine(value)
        let isPlain = !value.isEmpty && !value.contains { $0 == " " || $0 == "\"" || $0 == "=" }
        return isPlain ? value : "\"\(value.replacing("\"", with: "\\\""))\""
    }

    private static func oneLine(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\r", with: "\\r").replacing("\n", with: "\\n")
    }
}
