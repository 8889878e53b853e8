import StrataCore

extension Mutation {
    /// The largest value, in bytes: what Redis takes too.
    static let maximumValueBytes = 512 << 20

    /// Runs the mutation on what a key holds.
    ///
    /// - Parameters:
    ///   - stored: what the key holds, replaced when the mutation changes it.
    ///   - now: milliseconds since 1970.
    ///   - version: makes the version of a change.
    /// - Returns: the outcome; `stored` was changed exactly when it was applied.
    /// - Throws: `invalidOperation` or `invalidArgument`; nothing has changed then.
    func run(
        on stored: inout StoredState, at now: Int64, version: () -> Version
    ) throws(StrataError) -> MutationOutcome {
        let before = stored.live(at: now)
        let existed = before.content != .absent
        let changed: StoredState
        switch try decide(on: before, at: now) {
        case .keep:
            return MutationOutcome(
                applied: false, existed: existed, version: before.version,
                previous: existed && returnsPrevious ? before.entry(at: now) : nil)
        case .delete:
            changed = StoredState(content: .absent, version: version())
        case .write(let content, let deadline, let tags):
            if case .value(let bytes, _) = content, bytes.count > Mutation.maximumValueBytes {
                throw StrataError(
                    .invalidArgument,
                    "the value of \(key) would have \(bytes.count) bytes; at most \(Mutation.maximumValueBytes) are kept"
                )
            }
            changed = StoredState(content: content, version: version(), deadline: deadline, tags: tags)
        }
        stored = changed
        return MutationOutcome(
            applied: true, existed: existed, version: changed.version, current: changed.entry(at: now),
            previous: existed && returnsPrevious ? before.entry(at: now) : nil)
    }

    /// Refuses what no file can hold.
    ///
    /// - Throws: `invalidArgument` when the key or a tag is too long.
    func validate() throws(StrataError) {
        try key.validate()
        guard case .put(_, _, let tags) = operation else { return }
        guard let tag = tags.first(where: { $0.name.utf8.count > TagList.maximumTagLength }) else { return }
        throw StrataError(
            .invalidArgument,
            "a tag of \(key) has \(tag.name.utf8.count) bytes; at most \(TagList.maximumTagLength) are kept apart")
    }
}

extension Key {
    /// Refuses a key that is too long.
    ///
    /// - Throws: `invalidArgument`.
    func validate() throws(StrataError) {
        guard bytes.count > Key.maximumLength else { return }
        throw StrataError(.invalidArgument, "the key \(self) is longer than \(Key.maximumLength) bytes")
    }
}
