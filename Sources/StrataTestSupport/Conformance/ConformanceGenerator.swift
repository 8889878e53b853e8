import StrataCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A reproducible source of random mutations.
struct ConformanceGenerator: RandomNumberGenerator {
    private var numbers: SeededGenerator
    private var usedDelays = 0
    private let type: @Sendable (UInt8) -> EntryType

    init(seed: UInt64, type: @escaping @Sendable (UInt8) -> EntryType) {
        numbers = SeededGenerator(seed: seed)
        self.type = type
    }

    mutating func next() -> UInt64 { numbers.next() }

    /// A number of the range.
    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// An element of the array.
    mutating func element<Element>(_ elements: [Element]) -> Element { elements[number(0...(elements.count - 1))] }

    /// A mutation of one of the keys; conditions on versions name present and past ones of the model.
    mutating func mutation(of keys: [Key], model: ConformanceModel) -> Mutation {
        let key = element(keys)
        let version = model.state(of: key).version
        let condition: Mutation.Condition =
            switch number(0...9) {
            case 0: .ifAbsent
            case 1: .ifPresent
            case 2: .ifVersion(version)
            case 3: .ifVersion(Version(rawValue: version.rawValue + 1))
            default: .always
            }
        return Mutation(
            operation(), key: key, condition: condition, expiry: expiry(),
            expiryCondition: number(0...2) == 0
                ? element([.ifNone, .ifAny, .ifLater, .ifEarlier]) : .always,
            returnsPrevious: number(0...1) == 0)
    }

    private mutating func operation() -> Mutation.Operation {
        switch number(0...11) {
        case 0, 1: .put(bytes())
        case 2: .put(Array("\(number(-100...100))".utf8))
        case 3: .put(bytes(), type: type(UInt8(number(0...3))), tags: tags())
        case 4: .put(Array(element(["9223372036854775807", "-9223372036854775808", "1.25", "3e2", "", "0"]).utf8))
        case 5, 6: .delete
        case 7: .append(bytes())
        case 8: .add(Int64(number(-1000...1000)))
        case 9: .add(element([.max, .min, 1, -1, 0]))
        case 10: .addDecimal(element([Decimal(string: "0.1")!, Decimal(string: "-2.75")!, 10, 0]))
        default: .touch
        }
    }

    /// Deadlines lie far away or in the past, and two delays never meet, so that no decision depends on the millisecond.
    private mutating func expiry() -> Mutation.Expiry {
        switch number(0...7) {
        case 0, 1: return .never
        case 2:
            usedDelays += 1
            return .after(.seconds(86_400 + 600 * usedDelays))
        case 3: return .after(element([.zero, .seconds(-5)]))
        case 4: return .at(milliseconds: element([0, 1_000_000_000_000, -1]))
        case 5: return .at(milliseconds: element([4_102_444_800_000, 4_200_000_000_000]))
        default: return .keep
        }
    }

    private mutating func tags() -> [Tag] { (0..<number(0...3)).map { Tag("tag \($0) é") } }

    private mutating func bytes() -> [UInt8] {
        (0..<element([0, 1, 3, 20])).map { _ in UInt8.random(in: .min ... .max, using: &self) }
    }
}
