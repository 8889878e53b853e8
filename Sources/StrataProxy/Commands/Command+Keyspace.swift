import StrataCore

extension Command {
    /// Commands that concern keys rather than values.
    static let keyspace: [Command] = [
        Command(
            "del", arity: -2, flags: .write, keys: .all, group: "generic", since: "1.0.0", "Delete a key",
            run: delete),
        Command(
            "unlink", arity: -2, flags: [.write, .fast], keys: .all, group: "generic", since: "4.0.0",
            "Delete a key asynchronously in another thread. Otherwise it is just as DEL, but non blocking.",
            run: delete),
        Command(
            "scan", arity: -2, flags: [.readonly, .alone, .everyKey], group: "generic", since: "2.8.0",
            "Incrementally iterate the keys space"
        ) { request, _ throws(CommandError) in
            let options = try ScanOptions(request)
            return .perform(
                PerformPlan(keys: nil) { cache in
                    do throws(StrataError) {
                        let page = try await cache.scan(from: options.start, count: options.count)
                        return { reply in options.render(page, to: &reply) }
                    } catch {
                        let text = error.reply
                        return { $0.error(text) }
                    }
                })
        },
        Command(
            "dbsize", arity: 1, flags: [.readonly, .alone, .everyKey], group: "server", since: "1.0.0",
            "Return the number of keys in the selected database"
        ) { _, _ in
            .perform(
                PerformPlan(keys: nil) { cache in
                    do throws(StrataError) {
                        let count = try await cache.count()
                        return { $0.integer(count) }
                    } catch {
                        let text = error.reply
                        return { $0.error(text) }
                    }
                })
        },
        Command(
            "flushall", arity: -1, flags: [.write, .alone, .everyKey], group: "server", since: "1.0.0",
            "Remove all keys from all databases", run: flush),
        Command(
            "flushdb", arity: -1, flags: [.write, .alone, .everyKey], group: "server", since: "1.0.0",
            "Remove all keys from the current database", run: flush),
    ]

    private static let delete: Handler = { request, _ throws(CommandError) in
        let mutations = try request.keys().map { Mutation(.delete, key: $0) }
        return .write(WritePlan(mutations: mutations) { answers, reply in reply.count(answers, where: \.applied) })
    }

    /// ASYNC is taken and means the same: the reply comes when the store has removed everything.
    private static let flush: Handler = { request, _ throws(CommandError) in
        let arguments = request.arguments
        guard
            arguments.count == 1
                || arguments.count == 2 && (arguments.isWord(1, "sync") || arguments.isWord(1, "async"))
        else { throw .syntax }
        return .perform(
            PerformPlan(keys: nil) { cache in
                do throws(StrataError) {
                    try await cache.removeAll()
                    return { $0.ok() }
                } catch {
                    let text = error.reply
                    return { $0.error(text) }
                }
            })
    }
}

/// What SCAN was asked for.
struct ScanOptions: Sendable {
    /// How many keys a page may be asked to have.
    static let maximumCount = 1000

    var start: KeyPosition
    var count = 10
    var pattern: GlobPattern?
    var type: String?

    init(_ request: Request) throws(CommandError) {
        let arguments = request.arguments
        guard let cursor = UInt64(arguments.text(1)) else { throw CommandError("ERR invalid cursor") }
        start = KeyPosition(rawValue: cursor)
        var index = 2
        while index < arguments.count {
            guard index + 1 < arguments.count else { throw .syntax }
            if arguments.isWord(index, "count") {
                let number = try request.integer(index + 1)
                guard number > 0 else { throw .syntax }
                count = Int(min(number, Int64(ScanOptions.maximumCount)))
            } else if arguments.isWord(index, "match") {
                guard let pattern = GlobPattern(arguments[index + 1]) else {
                    throw CommandError("ERR a pattern may have at most \(GlobPattern.maximumLength) bytes")
                }
                self.pattern = pattern
            } else if arguments.isWord(index, "type") {
                type = arguments.text(index + 1).lowercased()
            } else {
                throw .syntax
            }
            index += 2
        }
    }

    func render(_ page: ScanPage, to reply: inout ReplyWriter) {
        let keys = page.keys.filter { key, keyType in
            (pattern?.matches(key.bytes) ?? true) && (type.map { $0 == keyType.name } ?? true)
        }
        reply.array(2)
        reply.bulk(page.next.map { String($0.rawValue) } ?? "0")
        reply.array(keys.count)
        for (key, _) in keys { reply.bulk(key.bytes) }
    }
}
