import CLibPQ

/// The C library in use.
enum LibPQ {
    /// Its version: the major number times 10,000 plus the minor one.
    static var version: Int { Int(PQlibVersion()) }
}
