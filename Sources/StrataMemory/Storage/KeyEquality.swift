/// Whether two keys of the same length have the same bytes: eight at a time and in line, because keys are short and a call
/// to `memcmp` costs more than the comparison.
@inline(__always)
func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    let count = left.count
    guard count == right.count else { return false }
    if let key = ShortKey(left), let right = right.baseAddress { return key.isEqual(toBytesAt: right) }
    guard let left = left.baseAddress, let right = right.baseAddress else { return count == 0 }
    guard count >= 8 else {
        for offset in 0..<count
        where left.load(fromByteOffset: offset, as: UInt8.self) != right.load(fromByteOffset: offset, as: UInt8.self) {
            return false
        }
        return true
    }
    // The last eight overlap those before when the length is no multiple of eight.
    let last = count &- 8
    var offset = 0
    while offset < last {
        guard
            left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                == right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        else { return false }
        offset += 8
    }
    return left.loadUnaligned(fromByteOffset: last, as: UInt64.self)
        == right.loadUnaligned(fromByteOffset: last, as: UInt64.self)
}
