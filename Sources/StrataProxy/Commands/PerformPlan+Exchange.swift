import StrataCore

extension PerformPlan {
    /// How often an exchange is tried again when other clients keep changing the key.
    private static let attempts = 32

    /// SETRANGE: what no single mutation says, done by reading and exchanging the version read for the new value.
    static func setRange(of key: Key, offset: Int, to patch: [UInt8]) -> PerformPlan {
        exchange(key) { entry in
            guard let bytes = entry.bytes else {
                guard !patch.isEmpty else { return .leave { $0.integer(0) } }
                let value = [UInt8](repeating: 0, count: offset) + patch
                return .change(Mutation(.put(value), key: key, condition: .ifAbsent)) { $0.integer(value.count) }
            }
            guard !patch.isEmpty else { return .leave { $0.integer(bytes.count) } }
            var value = bytes
            if value.count < offset + patch.count {
                value += [UInt8](repeating: 0, count: offset + patch.count - value.count)
            }
            value.replaceSubrange(offset..<offset + patch.count, with: patch)
            let (count, version) = (value.count, entry.version)
            return .change(Mutation(.put(value, tags: entry.tags), key: key, condition: .ifVersion(version))) {
                $0.integer(count)
            }
        }
    }

    /// EXPIRE with XX and LT, which are two conditions where a mutation has one.
    static func expireEarlier(_ key: Key, expiry: Mutation.Expiry) -> PerformPlan {
        exchange(key) { entry in
            guard entry.bytes != nil, entry.remaining != nil else { return .leave { $0.integer(0) } }
            let mutation = Mutation(
                .touch, key: key, condition: .ifVersion(entry.version), expiry: expiry, expiryCondition: .ifEarlier)
            return .attempt(mutation) { outcome, reply in reply.integer(outcome.applied ? 1 : 0) }
        }
    }

    private enum Step: Sendable {
        /// Nothing has to change.
        case leave(Rendering)
        /// To be tried again when it is not applied.
        case change(Mutation, Rendering)
        /// Tried once: not being applied is an answer too.
        case attempt(Mutation, @Sendable (MutationOutcome, inout ReplyWriter) -> Void)
    }

    private static func exchange(_ key: Key, _ next: @escaping @Sendable (Entry) -> Step) -> PerformPlan {
        PerformPlan(keys: [key]) { cache in
            for _ in 0..<attempts {
                let entry: Entry
                switch await cache.read([key], freshness: .strong)[0] {
                case .success(let present): entry = present
                case .failure(let error): return { $0.error(error.reply) }
                }
                let mutation: Mutation
                switch next(entry) {
                case .leave(let rendering): return rendering
                case .change(let change, _): mutation = change
                case .attempt(let change, _): mutation = change
                }
                switch (await cache.apply([mutation])[0], next(entry)) {
                case (.failure(let error), _): return { $0.error(error.reply) }
                case (.success(let outcome), .attempt(_, let render)): return { render(outcome, &$0) }
                case (.success(let outcome), .change(_, let rendering)):
                    if outcome.applied { return rendering }
                case (.success, .leave(let rendering)): return rendering
                }
            }
            return { $0.error("ERR the key is changed by too many clients at once; try again") }
        }
    }
}
