import StrataCore

/// Reads by callback whose times and failures are recorded.
struct ObservedCallbackReads: CallbackReads {
    let base: any CallbackReads
    let times: OperationTimes

    func read(
        _ keys: [Key], context: StoreContext, answer: @escaping ([Result<Entry, StrataError>]?) -> Void
    ) -> Bool {
        let began = ContinuousClock.now
        return base.read(keys, context: context) { [times] entries in
            // What is to be asked otherwise is recorded there.
            if let entries { times.record(.read, .now - began, CallFailures(of: entries)) }
            answer(entries)
        }
    }
}
