import StrataCore
import Testing

@Suite("Keys, their slots and positions")
struct KeyTests {
    @Test(arguments: [
        ("plain", "plain"), ("a\\b", "a\\\\b"), ("tab\t", "tab\\x09"), ("é", "\\xc3\\xa9"), ("", ""),
        ("\u{0}", "\\x00"),
        ("\u{7F} ~", "\\x7f ~"),
    ])
    func `a key is shown in printable ASCII`(text: String, shown: String) {
        #expect(Key(text).description == shown)
    }

    @Test func `a long key is shown in part`() {
        let key = Key([UInt8](repeating: UInt8(ascii: "k"), count: 129))
        #expect(key.description == String(repeating: "k", count: 128) + "… (129 bytes)")
        #expect(Key(key.bytes.prefix(128)).description.count == 128)
    }

    @Test func `keys are ordered byte by byte, a prefix first`() {
        let ordered: [Key] = ["", Key([0]), Key([0, 0]), "A", "a", "aa", Key([0x7F]), Key([0x80]), Key([0xFF])]
        #expect(ordered.shuffled().sorted() == ordered)
    }

    @Test func `the checksum is the one of Redis Cluster`() {
        #expect(Array("123456789".utf8).withUnsafeBytes { CRC16.checksum($0) } == 0x31C3)
        #expect([UInt8]().withUnsafeBytes { CRC16.checksum($0) } == 0)
    }

    @Test func `slots are those of Redis Cluster`() {
        #expect(Slot(of: "foo").number == 12182)
        #expect(Slot(of: "123456789").number == 0x31C3)
        #expect(Slot(of: "").number == 0)
    }

    @Test(arguments: [
        ("{user1000}.following", "user1000"), ("{user1000}.followers", "user1000"), ("foo{{bar}}zap", "{bar"),
        ("foo{bar}{zap}", "bar"), ("}{a}", "a"), ("{a", "{a"), ("a}", "a}"), ("foo{}", "foo{}"),
    ])
    func `what stands in the first braces decides the slot`(key: String, hashed: String) {
        // The hashed part stands for itself only where it has no braces of its own.
        let expected = Array(hashed.utf8).withUnsafeBytes { Int(CRC16.checksum($0)) % Slot.count }
        #expect(Slot(of: Key(key)).number == expected)
    }

    @Test func `empty braces are part of the key, whatever follows them`() {
        for key in ["{}", "foo{}{bar}", "{}a{b}"] {
            let whole = Array(key.utf8).withUnsafeBytes { Int(CRC16.checksum($0)) % Slot.count }
            #expect(Slot(of: Key(key)).number == whole)
        }
        #expect(Slot(of: "foo{}{bar}") != Slot(of: "bar"))
    }

    @Test func `groups cover the slots evenly`() {
        var sizes: [Int: Int] = [:]
        for number in 0..<Slot.count { sizes[Slot(number).group, default: 0] += 1 }
        #expect(sizes.count == Slot.groupCount)
        #expect(Set(sizes.values) == [Slot.count / Slot.groupCount])
    }

    @Test func `a position lies in the range of its slot`() {
        for key: Key in ["", "foo", "{user1000}.following", Key([0xFF, 0])] {
            #expect(KeyPosition.range(of: Slot(of: key)).contains(KeyPosition(of: key)))
        }
        #expect(KeyPosition.range(of: Slot(0)).lowerBound == .start)
        #expect(KeyPosition.range(of: Slot(5)).upperBound == KeyPosition.range(of: Slot(6)).lowerBound)
    }

    @Test func `a position holds the 32-bit FNV-1a hash of the key`() {
        // Test vectors of the FNV reference code.
        #expect(KeyPosition(of: "").rawValue & 0xFFFF_FFFF == 0x811C_9DC5)
        #expect(KeyPosition(of: "a").rawValue & 0xFFFF_FFFF == 0xE40C_292C)
        #expect(KeyPosition(of: "foobar").rawValue & 0xFFFF_FFFF == 0xBF9C_F968)
    }

    @Test func `the position after the last one is none, and neither after one that no key has`() {
        let end = UInt64(Slot.count) << 32
        #expect(KeyPosition(rawValue: 7).next == KeyPosition(rawValue: 8))
        #expect(KeyPosition(rawValue: end - 2).next == KeyPosition(rawValue: end - 1))
        for value in [end - 1, end, .max - 1, .max] { #expect(KeyPosition(rawValue: value).next == nil) }
    }
}
