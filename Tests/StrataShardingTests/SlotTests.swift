import StrataCore
import Testing

@Suite struct SlotTests {
    @Test func checksumIsXModem() {
        #expect(Array("123456789".utf8).withUnsafeBytes { CRC16.checksum($0) } == 0x31C3)
    }

    /// What `CLUSTER KEYSLOT` of redis-server 7.0 answers.
    @Test(arguments: [
        ("", 0), ("foo", 12182), ("bar", 5061), ("hello", 866), ("123456789", 12739), ("{user1000}.following", 3443),
        ("{user1000}.followers", 3443), ("user1000", 3443), ("foo{}{bar}", 8363), ("foo{{bar}}zap", 4015),
        ("foo{bar}{zap}", 5061),
    ])
    func slotsAreThoseOfRedisCluster(key: String, slot: Int) {
        #expect(Slot(of: Key(key)) == Slot(slot))
    }
}
