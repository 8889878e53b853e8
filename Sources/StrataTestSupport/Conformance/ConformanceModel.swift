import StrataCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a store must hold after a sequence of mutations, by `Mutation.decide`; versions are learnt from its answers.
struct ConformanceModel {
    /// How far remaining times may be off.
    let tolerance: Duration
    private var states: [Key: StoredState] = [:]

    init(tolerance: Duration) {
        self.tolerance = tolerance
    }

    /// This process's clock, as a store reads its own.
    static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    /// What the key holds; an absence of version zero when it was never written.
    func state(of key: Key) -> StoredState {
        states[key] ?? StoredState(content: .absent, version: .zero)
    }

    /// Takes in the result of a mutation.
    ///
    /// - Returns: what is wrong with it; nil when it is as it must be.
    mutating func take(_ result: Result<MutationOutcome, StrataError>, of mutation: Mutation) -> String? {
        let now = ConformanceModel.now
        let before = state(of: mutation.key).live(at: now)
        let decision: Mutation.Decision
        do {
            decision = try mutation.decide(on: before, at: now)
        } catch {
            guard case .failure(let seen) = result else { return "it succeeded instead of failing with: \(error)" }
            guard seen.code == error.code, seen.message == error.message else {
                return "it failed with \(seen.code): \(seen.message) instead of \(error.code): \(error.message)"
            }
            return nil
        }
        switch result {
        case .failure(let error): return "it failed with \(error.code): \(error)"
        case .success(let outcome): return take(outcome, of: mutation, deciding: decision, from: before, at: now)
        }
    }

    private mutating func take(
        _ outcome: MutationOutcome, of mutation: Mutation, deciding decision: Mutation.Decision,
        from before: StoredState,
        at now: Int64
    ) -> String? {
        let existed = before.content != .absent
        guard outcome.existed == existed else { return "existed is \(outcome.existed) instead of \(existed)" }
        if let problem = difference(of: outcome.previous, from: mutation.returnsPrevious && existed ? before : nil) {
            return "previous: \(problem)"
        }
        let after: StoredState
        switch decision {
        case .keep:
            guard !outcome.applied else { return "it was applied though its conditions do not hold" }
            guard outcome.current == nil else { return "it carries a current entry though nothing changed" }
            if existed {
                guard outcome.version == before.version else {
                    return "it says version \(outcome.version) though \(before.version) is in effect"
                }
            } else {
                guard outcome.version >= before.version else {
                    return "the absence has version \(outcome.version), below \(before.version)"
                }
            }
            return nil
        case .write(let content, let deadline, let tags):
            after = StoredState(content: content, version: outcome.version, deadline: deadline, tags: tags)
        case .delete:
            after = StoredState(content: .absent, version: outcome.version)
        }
        guard outcome.applied else { return "it was not applied though its conditions hold" }
        guard outcome.version > before.version else {
            return "its version \(outcome.version) is not above \(before.version)"
        }
        guard outcome.current != nil else { return "it was applied but carries no current entry" }
        if let problem = difference(of: outcome.current, from: after) { return "current: \(problem)" }
        states[mutation.key] = after
        return nil
    }

    /// What is wrong with the answer of a read; nil when it is as it must be.
    func difference(ofRead entry: Entry, of key: Key) -> String? {
        let state = state(of: key).live(at: ConformanceModel.now)
        if state.content == .absent, entry.content == .absent {
            // A collected tombstone answers with the slot's collected version, which may be above it.
            guard entry.version >= state.version else {
                return "the absence has version \(entry.version), below \(state.version)"
            }
            guard entry.remaining == nil else { return "the absence expires" }
            return entry.tags.isEmpty ? nil : "the absence has tags"
        }
        return difference(of: entry, from: state)
    }

    private func difference(of entry: Entry?, from state: StoredState?) -> String? {
        guard let state else { return entry == nil ? nil : "there is one though none was due" }
        guard let entry else { return "it is missing" }
        let expected = state.entry(at: ConformanceModel.now)
        guard entry.version == expected.version else {
            return "version \(entry.version) instead of \(expected.version)"
        }
        guard entry.content == expected.content else {
            return "content \(entry.content.summary) instead of \(expected.content.summary)"
        }
        guard entry.tags == expected.tags else { return "tags \(entry.tags) instead of \(expected.tags)" }
        switch (entry.remaining, expected.remaining) {
        case (nil, nil): return nil
        case (let seen?, let due?):
            let gap = seen > due ? seen - due : due - seen
            return gap <= tolerance ? nil : "remaining time \(seen) instead of \(due)"
        case (let seen, let due):
            return "remaining time \(seen.map(String.init(describing:)) ?? "none") instead of "
                + (due.map(String.init(describing:)) ?? "none")
        }
    }

    /// The error that a transaction of these mutations must end with; nil when it must succeed.
    func errorOfTransaction(_ mutations: [Mutation]) -> StrataError? {
        let now = ConformanceModel.now
        // No condition can name a version that is made inside the transaction, so any unused one stands for it.
        let unused = Version(rawValue: .max)
        var changed: [Key: StoredState] = [:]
        for mutation in mutations {
            let state = changed[mutation.key] ?? state(of: mutation.key)
            do throws(StrataError) {
                switch try mutation.decide(on: state, at: now) {
                case .keep: break
                case .write(let content, let deadline, let tags):
                    changed[mutation.key] = StoredState(
                        content: content, version: unused, deadline: deadline, tags: tags)
                case .delete: changed[mutation.key] = StoredState(content: .absent, version: unused)
                }
            } catch {
                return error
            }
        }
        return nil
    }
}

extension Entry.Content {
    /// The content as a failure shows it: at most 48 bytes of it.
    var summary: String {
        switch self {
        case .absent: "absent"
        case .value(let bytes, let type):
            "\(type.name) of \(bytes.count) bytes \"\(Key(bytes.prefix(48)))\""
        }
    }
}
