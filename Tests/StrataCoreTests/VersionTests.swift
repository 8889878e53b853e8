import StrataCore
import Testing

@Suite("Versions and identities")
struct VersionTests {
    @Test(arguments: [(0, 0), (0, 1), (1, 0), (32_767, (1 << 48) - 1), (12, 3_456_789)] as [(UInt64, UInt64)])
    func `a version keeps its parts`(generation: UInt64, sequence: UInt64) {
        let version = Version(generation: generation, sequence: sequence)
        #expect(version.generation == generation)
        #expect(version.sequence == sequence)
        #expect(Version(rawValue: version.rawValue) == version)
        #expect(Int64(bitPattern: version.rawValue) >= 0)
        #expect(version.description == "\(generation).\(sequence)")
    }

    @Test func `the generation counts for more than the sequence`() {
        let last = Version(generation: 3, sequence: (1 << 48) - 1)
        #expect(Version(generation: 4, sequence: 0) > last)
        #expect(Version(generation: 3, sequence: 5) < last)
        #expect(Version.zero < Version(generation: 0, sequence: 1))
    }

    @Test func `no bits make a negative version`() {
        #expect(Version(rawValue: .max).rawValue == UInt64(Int64.max))
    }

    @Test func `an identity has one text form and reads it back`() throws {
        let text = "01234567-89ab-4def-8123-456789abcdef"
        let identity = try #require(ClusterIdentity(text))
        #expect(identity.description == text)
        #expect(ClusterIdentity(text.uppercased()) == identity)
        #expect(ClusterIdentity(text.filter { $0 != "-" }) == identity)
        #expect(ClusterIdentity(bytes: identity.bytes) == identity)
        #expect(identity.fingerprint == 0x0123_4567_89AB_4DEF)
    }

    @Test(arguments: [
        "", "0123", "01234567-89ab-4def-8123-456789abcde", "01234567-89ab-4def-8123-456789abcdef0",
        "0123456789ab4def8123456789abcdeg", "+1234567-89ab-4def-8123-456789abcdef",
        "0-1234567-89ab-4def-8123456789abcdef",
        "--------------------------------", "0123456789ab4def8123456789abcd-ef",
    ])
    func `other texts are no identity`(text: String) {
        #expect(ClusterIdentity(text) == nil)
    }

    @Test func `a random identity is a UUID of version 4`() {
        let identities = (0..<100).map { _ in ClusterIdentity.random() }
        #expect(Set(identities).count == 100)
        for identity in identities {
            #expect(identity.bytes[6] >> 4 == 4)
            #expect(identity.bytes[8] >> 6 == 2)
            #expect(ClusterIdentity(identity.description) == identity)
        }
        #expect(ClusterIdentity(bytes: [1, 2, 3]) == nil)
    }
}
