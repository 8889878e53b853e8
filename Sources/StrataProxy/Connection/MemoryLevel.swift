import Strata
import StrataCore
import StrataMemory

/// Level 1 as connections ask it: at once, on the event loop, without copying a value.
///
/// A concrete type and no part of `ServedCache`: this is the path of every hit, and through a protocol or a generic class
/// the compiler could not inline the look-up into it.
struct MemoryLevel: Sendable {
    private let cache: MemoryCache<[UInt8]>?
    /// Whether what the level doesn't hold does not exist.
    private let isAuthority: Bool

    init(_ cache: MemoryCache<[UInt8]>?, isAuthority: Bool = false) {
        self.cache = cache
        self.isAuthority = isAuthority
    }

    /// Calls a closure with what the level knows of a key; the bytes are valid inside it only.
    @inline(__always)
    func withBytes<Result>(
        _ key: UnsafeRawBufferPointer, _ body: (Lookup<UnsafeRawBufferPointer>) -> Result
    ) -> Result {
        guard let cache else { return body(.miss) }
        return cache.withBytes(key) { lookup in
            if case .miss = lookup, isAuthority { return body(.absent) }
            return body(lookup)
        }
    }
}
