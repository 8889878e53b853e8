/// A rule of a contract that an implementation broke: which check found it, and what was expected and seen.
package struct ConformanceFailure: Error, CustomStringConvertible {
    /// The name of the check.
    package var check: String
    /// What was expected and what was seen.
    package var message: String
    /// The line of the suite that found it.
    package var line: Int

    package var description: String { "\(check) (line \(line) of the suite): \(message)" }
}
