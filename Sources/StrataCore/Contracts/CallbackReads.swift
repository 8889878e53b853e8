/// Reads of a store that take no task: a plain call asks, a callback on the same thread answers.
///
/// They are for event loops. A small read is answered there by what the loop does next, and a task of its own, with its
/// continuation and its cancellation, costs several times what the read does.
public protocol CallbackReads: Sendable {
    /// Asks for keys, at once and in one question.
    ///
    /// - Parameters:
    ///   - keys: at least one.
    ///   - context: at its deadline the answer comes, whatever the servers do.
    ///   - answer: called once on the calling thread, after this has returned: with what `Store.read` answers, or with nil
    ///     where the answer takes more than one question, and the store is to be asked by `read`.
    /// - Returns: false where the calling thread can't be answered this way; nothing was asked then.
    func read(
        _ keys: [Key], context: StoreContext, answer: @escaping ([Result<Entry, StrataError>]?) -> Void
    ) -> Bool
}
