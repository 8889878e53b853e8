/// On which connection the next statement that callers share goes, and how many of them it takes; decides, and does no I/O.
///
/// A connection carries one such statement at a time: what comes meanwhile is the next one, and the busier the server, the
/// more callers share a round trip and a commit. Only a crowd of readers does not wait for that: its statement follows the
/// one that is under way, so that the server has work while the callers of the one before are answered. The connection has
/// to have been prompt for it; behind a slow statement, readers would wait for each other's disk.
struct StatementPlacement {
    /// What one connection carries.
    struct Place {
        /// Statements on their way.
        var load: Int
        /// Those among them that callers share.
        var reads: Int
        var writes: Int
        /// Whether its reads have been answered so fast that one may wait for another.
        var isPrompt: Bool
    }

    private(set) var places: [Place]
    /// How many statements a connection carries at most.
    let depth: Int

    /// Up to this many callers take one statement before another one is made.
    ///
    /// A statement costs the server about as much as ten rows do, and 32 rows take a few hundred microseconds.
    static let minimumShare = 32
    /// From this many readers on, a statement may follow another one; fewer have a connection that is free to themselves.
    static let crowd = 16

    init(_ places: [Place], depth: Int) {
        self.places = places
        self.depth = depth
    }

    /// Finds the place of a statement for callers that wait, of which it may not take all.
    ///
    /// - Parameters:
    ///   - isRead: whether it is a read, else a write.
    ///   - waiting: how many callers wait.
    /// - Returns: the number of the connection and how many callers the statement takes at most; nil when they wait on.
    mutating func place(isRead: Bool, waiting: Int) -> (connection: Int, share: Int)? {
        let follows = isRead && waiting >= StatementPlacement.crowd
        let busy = follows ? leastLoaded { $0.reads == 1 && $0.writes == 0 && $0.isPrompt } : nil
        guard let connection = busy ?? leastLoaded(where: { $0.reads + $0.writes == 0 }) else { return nil }
        let statements = places.reduce(0) { $0 + room(of: $1, isRead) }
        if isRead { places[connection].reads += 1 } else { places[connection].writes += 1 }
        places[connection].load += 1
        return (connection, max(StatementPlacement.minimumShare, (waiting + statements - 1) / statements))
    }

    /// Finds the place of a statement that is one caller's.
    ///
    /// - Returns: the number of the connection; nil when the caller waits on.
    mutating func placeSingle() -> Int? {
        guard let connection = leastLoaded(where: { _ in true }) else { return nil }
        places[connection].load += 1
        return connection
    }

    /// How many statements of the kind the connection still takes.
    private func room(of place: Place, _ isRead: Bool) -> Int {
        let limit = isRead && place.isPrompt && place.writes == 0 ? 2 : 1
        return place.load < depth ? max(0, limit - place.reads - place.writes) : 0
    }

    /// The first of equals, so that the connection which is warm is used again.
    private func leastLoaded(where isWanted: (Place) -> Bool) -> Int? {
        var best: Int?
        for (index, place) in places.enumerated() where place.load < depth && isWanted(place) {
            if best.map({ place.load < places[$0].load }) ?? true { best = index }
        }
        return best
    }
}
