import StrataCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Command {
    /// Commands that add to numbers; the store adds, so that no two clients overwrite each other's sum.
    static let counters: [Command] = [
        Command(
            "incr", arity: 2, flags: [.write, .denyOutOfMemory, .fast], keys: .one, group: "string", since: "1.0.0",
            "Increment the integer value of a key by one"
        ) { request, _ throws(CommandError) in try request.add(1) },
        Command(
            "decr", arity: 2, flags: [.write, .denyOutOfMemory, .fast], keys: .one, group: "string", since: "1.0.0",
            "Decrement the integer value of a key by one"
        ) { request, _ throws(CommandError) in try request.add(-1) },
        Command(
            "incrby", arity: 3, flags: [.write, .denyOutOfMemory, .fast], keys: .one, group: "string",
            since: "1.0.0", "Increment the integer value of a key by the given amount"
        ) { request, _ throws(CommandError) in try request.add(try request.integer(2)) },
        Command(
            "decrby", arity: 3, flags: [.write, .denyOutOfMemory, .fast], keys: .one, group: "string",
            since: "1.0.0", "Decrement the integer value of a key by the given number"
        ) { request, _ throws(CommandError) in
            let amount = try request.integer(2)
            guard amount != .min else { throw CommandError("ERR decrement would overflow") }
            return try request.add(-amount)
        },
        Command(
            "incrbyfloat", arity: 3, flags: [.write, .denyOutOfMemory, .fast], keys: .one, group: "string",
            since: "2.6.0", "Increment the float value of a key by the given amount"
        ) { request, _ throws(CommandError) in
            let isInfinite = ["inf", "+inf", "-inf"].contains(request.arguments.text(2).lowercased())
            guard !isInfinite else { throw CommandError("ERR increment would produce NaN or Infinity") }
            guard let amount = Decimal(plainNumber: request.arguments.bytes(2)) else { throw .notAFloat }
            return .write(Mutation(.addDecimal(amount), key: try request.key(1))) { outcome, reply in
                reply.content(of: outcome.current)
            }
        },
    ]
}

extension Request {
    fileprivate func add(_ amount: Int64) throws(CommandError) -> Plan {
        .write(Mutation(.add(amount), key: try key(1))) { outcome, reply in
            guard let sum = outcome.current?.bytes?.withUnsafeBytes(DecimalDigits.parse) else {
                return reply.error(CommandError.notAnInteger.text)
            }
            reply.integer(sum)
        }
    }
}
