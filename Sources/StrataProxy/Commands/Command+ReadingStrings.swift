import StrataCore

extension Command {
    /// Commands that read values.
    static let readingStrings: [Command] = [
        Command(
            "get", arity: 2, flags: [.readonly, .fast], keys: .one, group: "string", since: "1.0.0",
            "Get the value of a key"
        ) { request, _ throws(CommandError) in
            .read(ReadPlan(keys: [try request.key(1)], render: content))
        },
        Command(
            "mget", arity: -2, flags: [.readonly, .fast], keys: .all, group: "string", since: "1.0.0",
            "Get the values of all the given keys"
        ) { request, _ throws(CommandError) in
            .read(
                ReadPlan(keys: try request.keys()) { answers, reply in
                    for case .failure(let error) in answers { return reply.error(error.reply) }
                    reply.array(answers.count)
                    for answer in answers { reply.content(of: try? answer.get()) }
                })
        },
        Command(
            "strlen", arity: 2, flags: [.readonly, .fast], keys: .one, group: "string", since: "2.2.0",
            "Get the length of the value stored in a key"
        ) { request, _ throws(CommandError) in
            .read(try request.key(1)) { entry, reply in reply.integer(entry.bytes?.count ?? 0) }
        },
        Command(
            "getrange", arity: 4, flags: .readonly, keys: .one, group: "string", since: "2.4.0",
            "Get a substring of the string stored at a key", run: range),
        Command(
            "substr", arity: 4, flags: .readonly, keys: .one, group: "string", since: "1.0.0",
            "Get a substring of the string stored at a key", run: range),
        Command(
            "exists", arity: -2, flags: [.readonly, .fast], keys: .all, group: "generic", since: "1.0.0",
            "Determine if a key exists", run: countPresent),
        Command(
            "touch", arity: -2, flags: [.readonly, .fast], keys: .all, group: "generic", since: "3.2.1",
            "Alters the last access time of a key(s). Returns the number of existing keys specified.",
            run: countPresent),
        Command(
            "type", arity: 2, flags: [.readonly, .fast], keys: .one, group: "generic", since: "1.0.0",
            "Determine the type stored at key"
        ) { request, _ throws(CommandError) in
            .read(try request.key(1)) { entry, reply in
                if case .value(_, let type) = entry.content { reply.simple(type.name) } else { reply.status("none") }
            }
        },
    ]

    /// A closure that is there already, because GET is what is asked most.
    private static let content = ReadPlan.rendering { entry, reply in reply.content(of: entry) }

    private static let countPresent: Handler = { request, _ throws(CommandError) in
        .read(
            ReadPlan(keys: try request.keys()) { answers, reply in
                reply.count(answers) { $0.bytes != nil }
            })
    }

    private static let range: Handler = { request, _ throws(CommandError) in
        let (first, last) = (try request.integer(2), try request.integer(3))
        return .read(try request.key(1)) { entry, reply in
            let bytes = entry.bytes ?? []
            bytes.withUnsafeBytes {
                reply.bulk(UnsafeRawBufferPointer(rebasing: $0[bytes.range(from: first, to: last)]))
            }
        }
    }
}

extension Array where Element == UInt8 {
    /// The range that GETRANGE means: both ends included, negative ones counted from the end, empty when they cross.
    func range(from first: Int64, to last: Int64) -> Range<Int> {
        let count = Int64(count)
        if first < 0, last < 0, first > last { return 0..<0 }
        let start = Swift.max(0, first < 0 ? first + count : first)
        let end = Swift.min(count - 1, Swift.max(0, last < 0 ? last + count : last))
        return count == 0 || start > end ? 0..<0 : Int(start)..<Int(end) + 1
    }
}
