/// Hashes keys under random secrets, so that nobody outside can choose keys that collide.
///
/// Keys of up to 64 bytes are hashed by multiplication: two keys that were chosen without knowing the secrets collide in all
/// 64 bits with a probability of 2^-64, and in the lowest n with one of 2^-n. That takes a third of SipHash's instructions,
/// and a hit is short enough for the processor to begin the next one while it waits for this one's memory. Longer keys are
/// hashed by SipHash-1-3, from which the secrets are derived as well.
///
/// An object, so that its secrets are read where they are and not copied.
///
/// Source: Thorup, "High Speed Hashing for Integers and Strings", 2015, on vector multiply-shift (strongly universal);
/// Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012.
final class KeyHash: Sendable {
    private typealias Factors = (UInt128, UInt128, UInt128, UInt128, UInt128, UInt128, UInt128, UInt128)

    private let sip: SipHash
    private let offset: UInt128
    private let lengthFactor: UInt128
    /// One for each eight bytes of a key.
    private let factors: Factors
    /// An odd number.
    private let spread: UInt64

    /// A hash under new random secrets.
    convenience init() {
        self.init(.random(in: .min ... .max), .random(in: .min ... .max))
    }

    /// A hash under secrets that are derived from these.
    init(_ first: UInt64, _ second: UInt64) {
        let sip = SipHash(first, second)
        var counter: UInt64 = 0
        func next() -> UInt64 {
            counter += 1
            return withUnsafeBytes(of: counter.littleEndian) { sip.hash($0, compressions: 2, finalizations: 4) }
        }
        func wide() -> UInt128 { UInt128(next()) << 64 | UInt128(next()) }
        self.sip = sip
        offset = wide()
        lengthFactor = wide()
        factors = (wide(), wide(), wide(), wide(), wide(), wide(), wide(), wide())
        spread = next() | 1
    }

    /// The hash of bytes. Complexity: O(n).
    @inline(__always)
    func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        if let short = ShortKey(bytes) { return hash(short) }
        guard let start = bytes.baseAddress else { return finish(offset) }
        return hashOther(start, bytes.count)
    }

    /// The hash of a short key, the same as that of its bytes.
    @inline(__always)
    func hash(_ key: ShortKey) -> UInt64 {
        finish(sum(key.count) &+ factors.0 &* UInt128(key.first) &+ factors.1 &* UInt128(key.last))
    }

    /// Words that overlap say no less than words that don't: with the length they are the key.
    @inline(never)
    private func hashOther(_ start: UnsafeRawPointer, _ count: Int) -> UInt64 {
        var sum = sum(count)
        switch count {
        case 0: break
        case 1..<4:
            let first = UInt64(start.load(as: UInt8.self))
            let middle = UInt64(start.load(fromByteOffset: count / 2, as: UInt8.self))
            let last = UInt64(start.load(fromByteOffset: count - 1, as: UInt8.self))
            sum &+= factors.0 &* UInt128(first | middle << 8 | last << 16)
        case 4..<8:
            let first = UInt64(start.loadUnaligned(as: UInt32.self))
            let last = UInt64(start.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
            sum &+= factors.0 &* UInt128(first | last << 32)
        case 17...32:
            sum &+= product(factors.0, start, 0) &+ product(factors.1, start, 8)
            sum &+= product(factors.2, start, count - 16) &+ product(factors.3, start, count - 8)
        case 33...64:
            sum &+= product(factors.0, start, 0) &+ product(factors.1, start, 8)
            sum &+= product(factors.2, start, 16) &+ product(factors.3, start, 24)
            sum &+= product(factors.4, start, count - 32) &+ product(factors.5, start, count - 24)
            sum &+= product(factors.6, start, count - 16) &+ product(factors.7, start, count - 8)
        default:
            return sip.hash(UnsafeRawBufferPointer(start: start, count: count), compressions: 1, finalizations: 3)
        }
        return finish(sum)
    }

    @inline(__always)
    private func sum(_ count: Int) -> UInt128 { offset &+ lengthFactor &* UInt128(UInt64(bitPattern: Int64(count))) }

    @inline(__always)
    private func product(_ factor: UInt128, _ start: UnsafeRawPointer, _ position: Int) -> UInt128 {
        factor &* UInt128(start.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }

    /// The upper half, which is the hash, and then one to one: keys that differ in a pattern would else have hashes that do.
    @inline(__always)
    private func finish(_ sum: UInt128) -> UInt64 {
        var hash = UInt64(truncatingIfNeeded: sum &>> 64)
        hash ^= hash &>> 32
        hash = hash &* spread
        return hash ^ hash &>> 29
    }
}
