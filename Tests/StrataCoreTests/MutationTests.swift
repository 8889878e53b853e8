import Foundation
import StrataCore
import Testing

@Suite("What a mutation does to a key")
struct MutationTests {
    private let now: Int64 = 1_000_000
    private let version = Version(generation: 1, sequence: 5)

    private var absent: StoredState { StoredState(content: .absent, version: version) }
    private func holding(_ text: String, deadline: Int64? = nil, tags: [StrataCore.Tag] = ["t"]) -> StoredState {
        StoredState(
            content: .value(Array(text.utf8), EntryType(rawValue: 3)), version: version, deadline: deadline, tags: tags)
    }
    private func decide(_ mutation: Mutation, on state: StoredState) throws -> Mutation.Decision {
        try mutation.decide(on: state, at: now)
    }
    private func value(_ text: String, type: UInt8 = 3) -> Entry.Content {
        .value(Array(text.utf8), EntryType(rawValue: type))
    }

    @Test func `a put replaces value, type and tags, and keeps the expiry unless told otherwise`() throws {
        let put = Mutation(.put(Array("new".utf8), type: EntryType(rawValue: 9), tags: ["u"]), key: "k")
        #expect(
            try decide(put, on: holding("old", deadline: now + 5))
                == .write(value("new", type: 9), deadline: now + 5, tags: ["u"]))
        #expect(try decide(put, on: absent) == .write(value("new", type: 9), deadline: nil, tags: ["u"]))
    }

    @Test func `conditions look at live values only`() throws {
        func applies(_ condition: Mutation.Condition, _ state: StoredState) throws -> Bool {
            try decide(Mutation(.put([]), key: "k", condition: condition), on: state) != .keep
        }
        let expired = holding("old", deadline: now)
        for (state, isPresent) in [
            (absent, false), (expired, false), (holding("v"), true), (holding("v", deadline: now + 1), true),
        ] {
            #expect(try applies(.always, state))
            #expect(try applies(.ifAbsent, state) == !isPresent)
            #expect(try applies(.ifPresent, state) == isPresent)
            #expect(try applies(.ifVersion(version), state) == isPresent)
            #expect(try !applies(.ifVersion(Version(rawValue: version.rawValue + 1)), state))
        }
    }

    @Test func `conditions on the expiry take none for infinite`() throws {
        func applies(_ condition: Mutation.ExpiryCondition, from old: Int64?, to new: Mutation.Expiry) throws -> Bool {
            let touch = Mutation(.put([]), key: "k", expiry: new, expiryCondition: condition)
            return try decide(touch, on: holding("v", deadline: old)) != .keep
        }
        let later = Mutation.Expiry.at(milliseconds: now + 20)
        #expect(try applies(.ifNone, from: nil, to: later))
        #expect(try !applies(.ifNone, from: now + 10, to: later))
        #expect(try applies(.ifAny, from: now + 10, to: later))
        #expect(try !applies(.ifAny, from: nil, to: later))
        #expect(try applies(.ifLater, from: now + 10, to: later))
        #expect(try applies(.ifLater, from: now + 10, to: .never))
        #expect(try !applies(.ifLater, from: nil, to: later))
        #expect(try !applies(.ifLater, from: now + 20, to: later))
        #expect(try applies(.ifEarlier, from: nil, to: later))
        #expect(try applies(.ifEarlier, from: now + 30, to: later))
        #expect(try !applies(.ifEarlier, from: now + 20, to: later))
        #expect(try !applies(.ifEarlier, from: nil, to: .never))
    }

    @Test func `a deadline that has passed deletes`() throws {
        for expiry in [
            Mutation.Expiry.after(.zero), .after(.seconds(-1)), .at(milliseconds: now), .at(milliseconds: .min),
        ] {
            for operation in [Mutation.Operation.put([1]), .touch, .append([1])] {
                #expect(try decide(Mutation(operation, key: "k", expiry: expiry), on: holding("v")) == .delete)
                #expect(try decide(Mutation(operation, key: "k", expiry: expiry), on: absent) == .keep)
            }
        }
    }

    @Test func `deadlines are held within their range`() throws {
        let put = Mutation(.put([]), key: "k", expiry: .after(.seconds(Int64.max)))
        #expect(try decide(put, on: absent) == .write(.value([], .string), deadline: .max, tags: []))
        let past = Mutation(.put([]), key: "k", expiry: .after(.seconds(Int64.min)))
        #expect(try decide(past, on: absent) == .keep)
    }

    @Test func `deleting and touching change only what is there`() throws {
        #expect(try decide(Mutation(.delete, key: "k"), on: holding("v")) == .delete)
        #expect(try decide(Mutation(.delete, key: "k"), on: absent) == .keep)
        #expect(try decide(Mutation(.delete, key: "k"), on: holding("v", deadline: now)) == .keep)
        #expect(try decide(Mutation(.touch, key: "k", expiry: .never), on: holding("v")) == .keep)
        #expect(
            try decide(Mutation(.touch, key: "k", expiry: .never), on: holding("v", deadline: now + 1))
                == .write(value("v"), deadline: nil, tags: ["t"]))
        #expect(try decide(Mutation(.touch, key: "k", expiry: .after(.seconds(1))), on: absent) == .keep)
    }

    @Test func `an append keeps type, tags and expiry`() throws {
        #expect(
            try decide(Mutation(.append(Array("b".utf8)), key: "k"), on: holding("a", deadline: now + 9))
                == .write(value("ab"), deadline: now + 9, tags: ["t"]))
        #expect(
            try decide(Mutation(.append([]), key: "k"), on: holding("a", deadline: now))
                == .write(.value([], .string), deadline: nil, tags: []))
    }

    @Test(
        arguments: [
            ("10", 5, "15"), ("-3", 3, "0"), ("9223372036854775806", 1, "9223372036854775807"),
            ("-9223372036854775808", 0, "-9223372036854775808"),
        ] as [(String, Int64, String)])
    func `integers are added`(text: String, amount: Int64, sum: String) throws {
        #expect(
            try decide(Mutation(.add(amount), key: "k"), on: holding(text))
                == .write(value(sum), deadline: nil, tags: ["t"]))
    }

    @Test(arguments: ["", "a", "1.0", " 1", "01", "+1", "-0", "9223372036854775808", "1 "])
    func `what is no integer is refused`(text: String) {
        let error = #expect(throws: StrataError.self) { try decide(Mutation(.add(1), key: "k"), on: holding(text)) }
        #expect(error?.code == .invalidOperation)
        #expect(error?.message == "value is not an integer or out of range")
    }

    @Test func `overflows are refused`() {
        for (text, amount) in [("9223372036854775807", 1), ("-9223372036854775808", -1), ("1", Int64.max)] {
            let error = #expect(throws: StrataError.self) {
                try decide(Mutation(.add(amount), key: "k"), on: holding(text))
            }
            #expect(error?.message == "increment or decrement would overflow")
        }
    }

    @Test(arguments: [
        ("0.1", "0.2", "0.3"), ("10.50", "0.1", "10.6"), ("5.0e3", "200", "5200"), ("-1", "1", "0"), ("3", "-0.0", "3"),
        ("1e20", "1", "100000000000000000001"),
    ])
    func `decimals are added exactly`(text: String, amount: String, sum: String) throws {
        let mutation = Mutation(.addDecimal(try #require(Decimal(string: amount))), key: "k")
        #expect(try decide(mutation, on: holding(text)) == .write(value(sum), deadline: nil, tags: ["t"]))
    }

    @Test func `what a decimal addition wrote can be added to again`() throws {
        for text in ["1e127", "-1e127", "-9.9999999999999999999999999999999999999e126", "-1e-120"] {
            let amount = try #require(Decimal(plainNumber: Array(text.utf8)))
            guard
                case .write(.value(let sum, _), _, _) = try decide(Mutation(.addDecimal(amount), key: "k"), on: absent)
            else {
                Issue.record("\(text) is not written")
                continue
            }
            #expect(
                Decimal(plainNumber: sum) == amount, "\(text) was written as \(String(decoding: sum, as: UTF8.self))")
        }
    }

    @Test func `an expired state answers an absence of its version`() {
        let state = holding("v", deadline: now)
        #expect(state.entry(at: now) == .absent(version: version))
        #expect(state.entry(at: now - 7).remaining == .milliseconds(7))
        #expect(state.entry(at: now - 7).tags == ["t"])
        #expect(holding("v").entry(at: .max).remaining == nil)
    }
}
