import StrataCore

/// Writes a reply that has become known.
typealias Rendering = @Sendable (inout ReplyWriter) -> Void

/// What a command needs before it can be answered.
enum Plan: Sendable {
    /// Nothing: the reply has been written.
    case answered
    /// Nothing: the reply has been written, and it is the connection's last.
    case answeredLast
    case read(ReadPlan)
    case write(WritePlan)
    case perform(PerformPlan)
}

/// Reads, which go out together with those of the commands around.
struct ReadPlan: Sendable {
    typealias Answers = ArraySlice<Result<Entry, StrataError>>
    typealias Render = @Sendable (Answers, inout ReplyWriter) -> Void

    var keys: [Key]
    var freshness: Freshness = .cached
    /// Writes the reply from the answers, which are in the order of the keys.
    var render: Render

    /// Writes the reply from the only key's entry, or its error.
    static func rendering(_ render: @escaping @Sendable (Entry, inout ReplyWriter) -> Void) -> Render {
        { answers, reply in
            switch answers[answers.startIndex] {
            case .success(let entry): render(entry, &reply)
            case .failure(let error): reply.error(error.reply)
            }
        }
    }
}

/// Writes, which go out together with those of the commands around.
struct WritePlan: Sendable {
    typealias Answers = ArraySlice<Result<MutationOutcome, StrataError>>

    var mutations: [Mutation]
    /// Writes the reply from the outcomes, which are in the order of the mutations.
    var render: @Sendable (Answers, inout ReplyWriter) -> Void
}

/// Work of its own that no batch takes in.
struct PerformPlan: Sendable {
    /// The keys it changes; nil when it can't be told, so that nothing may run beside it.
    var keys: [Key]?
    var run: @Sendable (any ServedCache) async -> Rendering
}

extension Plan {
    /// One key's read, whose reply is made of the entry.
    static func read(
        _ key: Key, freshness: Freshness = .cached, _ render: @escaping @Sendable (Entry, inout ReplyWriter) -> Void
    ) -> Plan {
        .read(ReadPlan(keys: [key], freshness: freshness, render: ReadPlan.rendering(render)))
    }

    /// One key's change, whose reply is made of the outcome.
    static func write(
        _ mutation: Mutation, _ render: @escaping @Sendable (MutationOutcome, inout ReplyWriter) -> Void
    ) -> Plan {
        .write(
            WritePlan(mutations: [mutation]) { answers, reply in
                switch answers[answers.startIndex] {
                case .success(let outcome): render(outcome, &reply)
                case .failure(let error): reply.error(error.reply)
                }
            })
    }
}

extension ReplyWriter {
    /// A value as a string, its absence as null.
    mutating func content(of entry: Entry?) {
        if case .value(let bytes, _)? = entry?.content { bulk(bytes) } else { null() }
    }

    /// How many of the answers fulfil a condition, or the first error among them.
    mutating func count<Answer>(
        _ answers: ArraySlice<Result<Answer, StrataError>>, where condition: (Answer) -> Bool
    ) {
        var count = 0
        for answer in answers {
            switch answer {
            case .success(let value): count += condition(value) ? 1 : 0
            case .failure(let failure): return error(failure.reply)
            }
        }
        integer(count)
    }
}
