/// What a test waited for and did not get.
public struct ConditionNotMet: Error, CustomStringConvertible {
    public let description: String
}

/// Waits until a condition holds, looking every few milliseconds.
///
/// - Parameters:
///   - timeout: how long to wait before the test fails.
///   - condition: what must become true.
/// - Throws: `ConditionNotMet` at the timeout.
public func eventually(
    within timeout: Duration = .seconds(20), _ condition: () async throws -> Bool,
    fileID: String = #fileID, line: Int = #line
) async throws {
    let deadline = ContinuousClock.now + timeout
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            throw ConditionNotMet(description: "\(fileID):\(line): the condition did not hold within \(timeout)")
        }
        try await Task.sleep(for: .milliseconds(2))
    }
}
