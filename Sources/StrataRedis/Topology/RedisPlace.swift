/// Where a key lies, as far as a topology can tell for good: keys of one place can be in one command or script.
///
/// Which server has a place at the moment is the topology's to know: `RedisTopology.node(at:deadline:)`.
public struct RedisPlace: Hashable, Sendable {
    private enum Kind: UInt8 { case only, server, slot }

    /// The place of every key where there is one server at a time.
    public static let only = RedisPlace(.only, -1)

    private let kind: Kind
    /// The number of a ring's server or of a cluster's slot; -1 where there is one place.
    let number: Int

    private init(_ kind: Kind, _ number: Int) {
        self.kind = kind
        self.number = number
    }

    /// The keys of one server of a ring, by its number.
    init(server: Int) { self.init(.server, server) }

    /// The keys of one slot of a cluster.
    init(slot: Int) { self.init(.slot, slot) }
}

extension RedisPlace: CustomStringConvertible {
    /// What errors call it.
    public var description: String {
        switch kind {
        case .only: "the master"
        case .server: "server \(number)"
        case .slot: "slot \(number)"
        }
    }
}
