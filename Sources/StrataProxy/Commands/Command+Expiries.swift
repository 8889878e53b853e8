import StrataCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Command {
    /// Commands that set and tell when keys expire. They ask the store: level 1 knows only how long it keeps its copy.
    static let expiries: [Command] = [
        expire("expire", .seconds, since: "1.0.0", "Set a key's time to live in seconds"),
        expire("pexpire", .milliseconds, since: "2.6.0", "Set a key's time to live in milliseconds"),
        expire("expireat", .unixSeconds, since: "1.2.0", "Set the expiration for a key as a UNIX timestamp"),
        expire(
            "pexpireat", .unixMilliseconds, since: "2.6.0",
            "Set the expiration for a key as a UNIX timestamp specified in milliseconds"),
        remaining("ttl", since: "1.0.0", "Get the time to live for a key in seconds") { ($0 + 500) / 1000 },
        remaining("pttl", since: "2.6.0", "Get the time to live for a key in milliseconds") { $0 },
        remaining("expiretime", since: "7.0.0", "Get the expiration Unix timestamp for a key") {
            (wallClockMilliseconds() + $0 + 500) / 1000
        },
        remaining("pexpiretime", since: "7.0.0", "Get the expiration Unix timestamp for a key in milliseconds") {
            wallClockMilliseconds() + $0
        },
        Command(
            "persist", arity: 2, flags: [.write, .fast], keys: .one, group: "generic", since: "2.2.0",
            "Remove the expiration from a key"
        ) { request, _ throws(CommandError) in
            .write(Mutation(.touch, key: try request.key(1), expiry: .never, expiryCondition: .ifAny)) {
                $1.integer($0.applied ? 1 : 0)
            }
        },
    ]

    private static func wallClockMilliseconds() -> Int64 {
        Int64(Date().timeIntervalSince1970 * 1000)
    }

    private static func remaining(
        _ name: String, since: String, _ summary: String, _ answer: @escaping @Sendable (Int64) -> Int64
    ) -> Command {
        Command(
            name, arity: 2, flags: [.readonly, .fast], keys: .one, group: "generic", since: since, summary
        ) { request, _ throws(CommandError) in
            .read(try request.key(1), freshness: .strong) { entry, reply in
                guard entry.bytes != nil else { return reply.integer(-2) }
                guard let remaining = entry.remaining else { return reply.integer(-1) }
                reply.integer(answer(max(0, remaining.wholeMilliseconds)))
            }
        }
    }

    private static func expire(_ name: String, _ unit: ExpiryUnit, since: String, _ summary: String) -> Command {
        Command(
            name, arity: -3, flags: [.write, .fast], keys: .one, group: "generic", since: since, summary
        ) { request, _ throws(CommandError) in
            let conditions = try ExpiryConditions(request)
            let (key, number) = (try request.key(1), try request.integer(2))
            guard let expiry = unit.expiry(number) else { throw .expireTime(name) }
            if conditions == [.present, .earlier] { return .perform(.expireEarlier(key, expiry: expiry)) }
            let wantsPrevious = conditions == .present
            let mutation = Mutation(
                .touch, key: key, expiry: expiry, expiryCondition: conditions.single, returnsPrevious: wantsPrevious)
            return .write(mutation) { outcome, reply in
                // An expiry that is already the wanted one changes nothing, and has been set all the same.
                let isSet =
                    switch conditions.single {
                    case .always: outcome.existed
                    case .ifAny: outcome.applied || outcome.previous?.remaining != nil
                    default: outcome.applied
                    }
                reply.integer(isSet ? 1 : 0)
            }
        }
    }
}

/// The options of EXPIRE and its like.
private struct ExpiryConditions: OptionSet {
    let rawValue: Int

    static let none = ExpiryConditions(rawValue: 1)
    static let present = ExpiryConditions(rawValue: 2)
    static let later = ExpiryConditions(rawValue: 4)
    static let earlier = ExpiryConditions(rawValue: 8)

    init(rawValue: Int) {
        self.rawValue = rawValue
    }

    init(_ request: Request) throws(CommandError) {
        self = []
        for index in 3..<max(3, request.arguments.count) {
            if request.arguments.isWord(index, "nx") {
                insert(.none)
            } else if request.arguments.isWord(index, "xx") {
                insert(.present)
            } else if request.arguments.isWord(index, "gt") {
                insert(.later)
            } else if request.arguments.isWord(index, "lt") {
                insert(.earlier)
            } else {
                throw CommandError("ERR Unsupported option \(request.arguments.text(index).prefix(128))")
            }
        }
        if contains(.none), self != .none {
            throw CommandError("ERR NX and XX, GT or LT options at the same time are not compatible")
        }
        if isSuperset(of: [.later, .earlier]) {
            throw CommandError("ERR GT and LT options at the same time are not compatible")
        }
    }

    /// The one condition that a mutation takes. XX is implied by GT: no expiry counts as infinite, and nothing is later.
    var single: Mutation.ExpiryCondition {
        if contains(.none) { return .ifNone }
        if contains(.later) { return .ifLater }
        if contains(.earlier) { return .ifEarlier }
        return contains(.present) ? .ifAny : .always
    }
}
