import StrataCore
import Testing

@Suite("The envelope of level 2")
struct EnvelopeTests {
    @Test func `every envelope reads back`() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let envelope = EnvelopeTests.random(using: &generator)
            #expect(try decode(envelope.encoded()) == envelope)
        }
    }

    @Test func `the fields stand where scripts look for them`() throws {
        let entry = Entry(version: Version(generation: 1, sequence: 2), content: .value([0xAA], EntryType(rawValue: 7)))
        let bytes = Envelope(entry: entry, cluster: 0x0102_0304_0506_0708, deadline: 1, lease: 2).encoded()
        #expect(bytes.prefix(4) == [1, 0b0111, 7, 0])
        #expect(Array(bytes[Envelope.versionOffset..<12]) == [0, 1, 0, 0, 0, 0, 0, 2])
        #expect(Array(bytes[12..<Envelope.headerLength]) == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(Array(bytes[20...]) == [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0xAA])
    }

    @Test func `empty, zero and absent are three different things`() throws {
        for content in [Entry.Content.absent, .value([], .string), .value([0], .string), .value([0x30], .string)] {
            let envelope = Envelope(entry: Entry(version: .zero, content: content), cluster: 0)
            #expect(try decode(envelope.encoded()).entry.content == content)
        }
    }

    @Test func `what is cut short is corrupt, or a shorter value`() throws {
        let tags: [StrataCore.Tag] = ["red", "", "grün"]
        let entry = Entry(
            version: Version(generation: 4, sequence: 99), content: .value(Array("value".utf8), .string), tags: tags)
        let bytes = Envelope(entry: entry, cluster: 5, deadline: -1, lease: .max).encoded()
        for count in 0..<bytes.count {
            let cut = Array(bytes.prefix(count))
            if count < bytes.count - 5 {
                expectCorrupt(cut)
            } else {
                let envelope = try decode(cut)
                #expect(envelope.entry.tags == tags)
                #expect(envelope.entry.bytes == Array("value".utf8.prefix(count - (bytes.count - 5))))
            }
        }
    }

    @Test func `garbage is corrupt or an envelope, and never the end of the process`() throws {
        var generator = SystemRandomNumberGenerator()
        for round in 0..<4000 {
            var bytes = EnvelopeTests.random(using: &generator).encoded()
            switch round % 3 {
            case 0: bytes = (0..<Int.random(in: 0...80)).map { _ in .random(in: .min ... .max) }
            case 1:
                for _ in 0..<Int.random(in: 1...6) { bytes[.random(in: bytes.indices)] = .random(in: .min ... .max) }
            default: bytes.removeFirst(.random(in: 0...bytes.count))
            }
            do {
                let envelope = try decode(bytes)
                #expect(try decode(envelope.encoded()) == envelope)
            } catch {
                #expect((error as? StrataError)?.code == .corrupt)
            }
        }
    }

    @Test func `other formats, flags and reserved bytes are refused`() {
        let bytes = Envelope(entry: .absent(version: .zero), cluster: 0).encoded()
        for (offset, value) in [(0, 0), (0, 2), (1, 16), (1, 255), (3, 1)] as [(Int, UInt8)] {
            var changed = bytes
            changed[offset] = value
            expectCorrupt(changed)
        }
    }

    private func decode(_ bytes: [UInt8]) throws -> Envelope {
        try bytes.withUnsafeBytes { try Envelope(decoding: $0) }
    }

    private func expectCorrupt(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) {
        let error = #expect(throws: StrataError.self, sourceLocation: sourceLocation) { try decode(bytes) }
        #expect(error?.code == .corrupt, sourceLocation: sourceLocation)
    }

    private static func random(using generator: inout SystemRandomNumberGenerator) -> Envelope {
        func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in .random(in: .min ... .max) } }
        let content: Entry.Content =
            .random() ? .value(bytes(.random(in: 0...40)), EntryType(rawValue: .random(in: 0...255))) : .absent
        let tags = (0..<Int.random(in: 0...4)).map {
            StrataCore.Tag(String(repeating: "ü", count: .random(in: 0...30)) + "\($0)")
        }
        return Envelope(
            entry: Entry(version: Version(rawValue: .random(in: .min ... .max)), content: content, tags: tags),
            cluster: .random(in: .min ... .max), deadline: .random() ? .random(in: .min ... .max) : nil,
            lease: .random() ? .random(in: .min ... .max) : nil)
    }
}
