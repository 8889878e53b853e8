/// A pattern of keys as SCAN's MATCH takes it: `*`, `?`, `[a-z]`, `[^a]`, and `\` before a character meant literally.
///
/// Only the last star is ever gone back to: what an earlier one took can't matter once a later one has been reached. So a
/// match takes O(pattern × text) steps at worst, never the exponential number of a recursive matcher, and patterns with
/// one star take O(text). Pattern and text are bounded (see `maximumLength` and `Key.maximumLength`).
struct GlobPattern: Hashable {
    /// Longer patterns are refused, in bytes.
    static let maximumLength = 4096

    private enum Element: Hashable {
        case any
        case star
        case literal(UInt8)
        case set([ClosedRange<UInt8>], isNegated: Bool)
    }

    private let elements: [Element]

    /// - Parameter bytes: the pattern; nil when it is longer than `maximumLength`.
    init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count <= GlobPattern.maximumLength else { return nil }
        var rest = ArraySlice(Array(bytes))
        var elements: [Element] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "*"):
                if elements.last != .star { elements.append(.star) }
            case UInt8(ascii: "?"): elements.append(.any)
            case UInt8(ascii: "["): elements.append(GlobPattern.set(from: &rest))
            case UInt8(ascii: "\\"): elements.append(.literal(rest.popFirst() ?? byte))
            default: elements.append(.literal(byte))
            }
        }
        self.elements = elements
    }

    private static func set(from rest: inout ArraySlice<UInt8>) -> Element {
        var ranges: [ClosedRange<UInt8>] = []
        let isNegated = rest.first == UInt8(ascii: "^")
        if isNegated { rest = rest.dropFirst() }
        while let byte = rest.popFirst(), byte != UInt8(ascii: "]") {
            let first = byte == UInt8(ascii: "\\") ? rest.popFirst() ?? byte : byte
            let following = Array(rest.prefix(2))
            if following.count == 2, following[0] == UInt8(ascii: "-"), following[1] != UInt8(ascii: "]") {
                rest = rest.dropFirst(2)
                ranges.append(min(first, following[1])...max(first, following[1]))
            } else {
                ranges.append(first...first)
            }
        }
        return .set(ranges, isNegated: isNegated)
    }

    /// Whether the whole text fits the pattern.
    func matches(_ text: [UInt8]) -> Bool {
        var position = 0
        var element = 0
        var retry: (element: Int, position: Int)?
        while position < text.count {
            if element < elements.count, elements[element] == .star {
                element += 1
                if element == elements.count { return true }
                retry = (element, position)
            } else if element < elements.count, fits(elements[element], text[position]) {
                element += 1
                position += 1
            } else if let (starEnd, start) = retry {
                retry = (starEnd, start + 1)
                (element, position) = (starEnd, start + 1)
            } else {
                return false
            }
        }
        return elements[element...].allSatisfy { $0 == .star }
    }

    private func fits(_ element: Element, _ byte: UInt8) -> Bool {
        switch element {
        case .any: true
        case .star: false
        case .literal(let expected): byte == expected
        case .set(let ranges, let isNegated): ranges.contains { $0.contains(byte) } != isNegated
        }
    }
}
