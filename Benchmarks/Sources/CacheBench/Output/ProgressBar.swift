import LoadDriver

/// Shows on a terminal how far a phase is, and nothing elsewhere.
struct ProgressBar {
    let title: String
    let progress: Progress

    private static let width = 30
    private static let interval = Duration.milliseconds(200)

    /// Shows the bar while the body runs.
    func around<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        guard StandardStreams.isErrorTerminal else { return try await body() }
        defer { StandardStreams.writeError("\r\u{1B}[K") }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await draw() }
            defer { group.cancelAll() }
            return try await body()
        }
    }

    /// Draws until the task is cancelled, which happens when the body has ended.
    private func draw() async {
        let clock = ContinuousClock()
        let start = clock.now
        repeat {
            StandardStreams.writeError("\r\u{1B}[K" + line(completed: progress.completed, after: clock.now - start))
        } while (try? await clock.sleep(for: ProgressBar.interval)) != nil
    }

    /// The bar's text.
    func line(completed: Int, after elapsed: Duration) -> String {
        let share = progress.total > 0 ? min(1, Double(completed) / Double(progress.total)) : 1
        let filled = Int(share * Double(ProgressBar.width))
        let bar =
            String(repeating: "#", count: filled) + String(repeating: ".", count: ProgressBar.width - filled)
        let seconds = elapsed / .seconds(1)
        let speed = seconds > 0 ? Double(completed) / seconds : 0
        let left = speed > 0 ? ", \((Double(progress.total - completed) / speed).fixed(0)) s left" : ""
        return "\(title) [\(bar)] \((share * 100).fixed(0)) %, \(speed.fixed(0)) operations/s\(left)"
    }
}
