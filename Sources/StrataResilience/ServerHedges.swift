import Metrics
package import StrataCore

/// Sends a server's slow reads once more, over whichever connection is free, and takes the first answer that is one.
///
/// Only reads that can be repeated go through it. A read costs two child tasks and a timer more than without, as soon as it
/// is known how long reads take.
package final class ServerHedges: Sendable {
    private enum Event<Output: Sendable>: Sendable {
        case due
        case answer(Output, isHedge: Bool)
    }

    private struct Measures {
        let sent: Counter
        let won: Counter
        let refused: Counter
    }

    private let timing: HedgeTiming
    private let measures: Measures

    /// - Parameters:
    ///   - metrics: what the names of its metrics begin with, such as `strata_redis`.
    ///   - dimension: which server its metrics are about.
    package init(_ options: HedgeOptions, metrics: String, dimension: (String, String)) {
        timing = HedgeTiming(options)
        measures = Measures(
            sent: Counter(label: "\(metrics)_hedges_total", dimensions: [dimension]),
            won: Counter(label: "\(metrics)_hedges_won_total", dimensions: [dimension]),
            refused: Counter(label: "\(metrics)_hedges_refused_total", dimensions: [dimension]))
    }

    /// After how long a read is sent once more now; nil while that is not known.
    package var delay: Duration? { timing.delay }

    /// Makes a read, and once more when it takes too long.
    ///
    /// - Parameters:
    ///   - body: the read. It ends soon after its task was cancelled, as the slower one is.
    ///   - isAnswer: whether an output is one; when none is, the first that came is returned.
    package nonisolated(nonsending) func read<Output: Sendable>(
        _ body: @escaping @Sendable () async -> Output, isAnswer: @Sendable (Output) -> Bool
    ) async -> Output {
        let began = ContinuousClock.now
        guard let delay = timing.delay else {
            let output = await body()
            if isAnswer(output) { timing.note(.now - began) }
            return output
        }
        let (output, isHedge) = await race(body, after: delay, isAnswer: isAnswer)
        // A hedge that won stands for a read that took longer than this.
        if isAnswer(output) { timing.note(.now - began) }
        if isHedge { measures.won.increment() }
        return output
    }

    /// Makes a read of several keys, and once more when it takes too long; one that fails for a key is no answer.
    package nonisolated(nonsending) func readAll<Value: Sendable>(
        _ body: @escaping @Sendable () async -> [Result<Value, StrataError>]
    ) async -> [Result<Value, StrataError>] {
        await read(body) { answers in answers.allSatisfy { (try? $0.get()) != nil } }
    }

    private nonisolated(nonsending) func race<Output: Sendable>(
        _ body: @escaping @Sendable () async -> Output, after delay: Duration, isAnswer: @Sendable (Output) -> Bool
    ) async -> (Output, isHedge: Bool) {
        await withTaskGroup(of: Event<Output>.self) { group in
            group.addTask { .answer(await body(), isHedge: false) }
            group.addTask {
                // A timer that is cancelled is not waited for any more.
                try? await Task.sleep(for: delay)
                return .due
            }
            defer { group.cancelAll() }
            var underWay = 1
            var failure: Output?
            while let event = await group.next() {
                switch event {
                case .due:
                    guard !Task.isCancelled else { continue }
                    guard timing.takeHedge() else {
                        measures.refused.increment()
                        continue
                    }
                    measures.sent.increment()
                    underWay += 1
                    group.addTask { .answer(await body(), isHedge: true) }
                case .answer(let output, let isHedge):
                    if isAnswer(output) { return (output, isHedge) }
                    underWay -= 1
                    let first = failure ?? output
                    if underWay == 0 { return (first, false) }
                    failure = first
                }
            }
            preconditionFailure("a read that was under way never ended")
        }
    }
}
