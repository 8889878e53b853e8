import NIOConcurrencyHelpers
public import StrataCore

/// Reads by callback that are answered when the test says, and with what it says.
public final class HeldReads: CallbackReads {
    /// `@unchecked Sendable`: made and called on the test's one thread or event loop.
    private struct Question: @unchecked Sendable {
        let keys: [Key]
        let answer: ([Result<Entry, StrataError>]?) -> Void
    }

    private let questions = NIOLockedValueBox<[Question]>([])

    public init() {}

    /// The keys of each question that waits.
    public var asked: [[Key]] { questions.withLockedValue { $0.map(\.keys) } }

    public func read(
        _ keys: [Key], context: StoreContext, answer: @escaping ([Result<Entry, StrataError>]?) -> Void
    ) -> Bool {
        let question = Question(keys: keys, answer: answer)
        questions.withLockedValue { $0.append(question) }
        return true
    }

    /// Answers the question that has waited longest.
    public func answer(_ answers: [Result<Entry, StrataError>]?) {
        questions.withLockedValue { $0.removeFirst() }.answer(answers)
    }
}
