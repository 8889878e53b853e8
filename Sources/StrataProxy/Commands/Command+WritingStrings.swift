import StrataCore

extension Command {
    /// Commands that set or remove values.
    static let writingStrings: [Command] = [
        Command(
            "set", arity: -3, flags: [.write, .denyOutOfMemory], keys: .one, group: "string", since: "1.0.0",
            "Set the string value of a key"
        ) { request, _ throws(CommandError) in
            let options = try SetOptions.set(request)
            return try request.put(
                value: 2, expiry: try options.expiry(request), condition: options.condition,
                returnsPrevious: options.returnsPrevious
            ) { outcome, reply in
                if options.returnsPrevious { return reply.content(of: outcome.previous) }
                // Not `applied`: a deadline in the past applies to an absent key without changing anything.
                switch options.condition {
                case .ifAbsent: outcome.existed ? reply.null() : reply.ok()
                case .ifPresent: outcome.existed ? reply.ok() : reply.null()
                default: reply.ok()
                }
            }
        },
        Command(
            "setex", arity: 4, flags: [.write, .denyOutOfMemory], keys: .one, group: "string", since: "2.0.0",
            "Set the value and expiration of a key"
        ) { request, _ throws(CommandError) in
            try request.put(value: 3, expiry: try request.positiveExpiry(2, in: .seconds)) { $1.ok() }
        },
        Command(
            "psetex", arity: 4, flags: [.write, .denyOutOfMemory], keys: .one, group: "string", since: "2.6.0",
            "Set the value and expiration in milliseconds of a key"
        ) { request, _ throws(CommandError) in
            try request.put(value: 3, expiry: try request.positiveExpiry(2, in: .milliseconds)) { $1.ok() }
        },
        Command(
            "setnx", arity: 3, flags: [.write, .denyOutOfMemory, .fast], keys: .one, group: "string", since: "1.0.0",
            "Set the value of a key, only if the key does not exist"
        ) { request, _ throws(CommandError) in
            try request.put(value: 2, expiry: .never, condition: .ifAbsent) { $1.integer($0.existed ? 0 : 1) }
        },
        Command(
            "getset", arity: 3, flags: [.write, .denyOutOfMemory, .fast], keys: .one, group: "string",
            since: "1.0.0", "Set the string value of a key and return its old value"
        ) { request, _ throws(CommandError) in
            try request.put(value: 2, expiry: .never, returnsPrevious: true) { $1.content(of: $0.previous) }
        },
        Command(
            "getdel", arity: 2, flags: [.write, .fast], keys: .one, group: "string", since: "6.2.0",
            "Get the value of a key and delete the key"
        ) { request, _ throws(CommandError) in
            .write(Mutation(.delete, key: try request.key(1), returnsPrevious: true)) { $1.content(of: $0.previous) }
        },
        Command(
            "getex", arity: -2, flags: [.write, .fast], keys: .one, group: "string", since: "6.2.0",
            "Get the value of a key and optionally set its expiration"
        ) { request, _ throws(CommandError) in
            let key = try request.key(1)
            let expiry = try SetOptions.getex(request).expiry(request)
            if expiry == .keep { return .read(key) { entry, reply in reply.content(of: entry) } }
            return .write(Mutation(.touch, key: key, expiry: expiry, returnsPrevious: true)) {
                $1.content(of: $0.previous)
            }
        },
        Command(
            "mset", arity: -3, flags: [.write, .denyOutOfMemory], keys: .pairs, group: "string", since: "1.0.1",
            "Set multiple keys to multiple values"
        ) { request, _ throws(CommandError) in
            guard request.arguments.count % 2 == 1 else { throw .arity("mset") }
            var mutations: [Mutation] = []
            for index in stride(from: 1, to: request.arguments.count, by: 2) {
                let value = request.arguments.bytes(index + 1)
                mutations.append(Mutation(.put(value), key: try request.key(index), expiry: .never))
            }
            return .write(
                WritePlan(mutations: mutations) { answers, reply in
                    for case .failure(let error) in answers { return reply.error(error.reply) }
                    reply.ok()
                })
        },
        Command(
            "append", arity: 3, flags: [.write, .denyOutOfMemory, .fast], keys: .one, group: "string",
            since: "2.0.0", "Append a value to a key"
        ) { request, _ throws(CommandError) in
            .write(Mutation(.append(request.arguments.bytes(2)), key: try request.key(1))) { outcome, reply in
                reply.integer(outcome.current?.bytes?.count ?? 0)
            }
        },
        Command(
            "setrange", arity: 4, flags: [.write, .denyOutOfMemory], keys: .one, group: "string", since: "2.2.0",
            "Overwrite part of a string at key starting at the specified offset"
        ) { request, _ throws(CommandError) in
            let (key, offset, patch) = (try request.key(1), try request.integer(2), request.arguments.bytes(3))
            guard offset >= 0 else { throw CommandError("ERR offset is out of range") }
            guard offset <= Int64(request.server.maximumValueBytes - patch.count) else {
                throw CommandError("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
            }
            return .perform(.setRange(of: key, offset: Int(offset), to: patch))
        },
    ]
}

extension Request {
    /// A plan that sets the key at position 1 to the value at a position.
    func put(
        value: Int, expiry: Mutation.Expiry, condition: Mutation.Condition = .always, returnsPrevious: Bool = false,
        _ render: @escaping @Sendable (MutationOutcome, inout ReplyWriter) -> Void
    ) throws(CommandError) -> Plan {
        .write(
            Mutation(
                .put(arguments.bytes(value)), key: try key(1), condition: condition, expiry: expiry,
                returnsPrevious: returnsPrevious),
            render)
    }
}
