import Testing

@testable import StrataProxy

@Suite struct GlobPatternTests {
    @Test(arguments: [
        ("*", "", true), ("*", "abc", true), ("a*c", "abbc", true), ("a*c", "abcd", false), ("a?c", "abc", true),
        ("a?c", "ac", false), ("[a-c]x", "bx", true), ("[a-c]x", "dx", false), ("[^a-c]x", "dx", true),
        ("[c-a]x", "bx", true), ("\\*", "*", true), ("\\*", "a", false), ("user:*:name", "user:42:name", true),
        ("user:*:name", "user:42:age", false), ("a**b", "axxb", true), ("[\\]]", "]", true), ("[abc", "b", true),
        ("", "", true), ("", "a", false), ("*a*b*", "xxaxxbxx", true), ("*a*b*", "xxbxxaxx", false),
        ("ab[", "ab", false), ("a\\", "a\\", true),
    ])
    func matches(_ pattern: String, _ text: String, _ expected: Bool) {
        #expect(GlobPattern(pattern.utf8)?.matches(Array(text.utf8)) == expected)
    }

    @Test func starsTakeNoExponentialTime() throws {
        let pattern = try #require(GlobPattern((String(repeating: "a*", count: 1000) + "b").utf8))
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 2048)
        let start = ContinuousClock.now
        #expect(!pattern.matches(text))
        // A matcher that goes back to every star would not come back in this universe's lifetime.
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test func hugePatternsAreRefused() {
        #expect(GlobPattern([UInt8](repeating: 1, count: GlobPattern.maximumLength + 1)) == nil)
    }
}
