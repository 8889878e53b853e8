import Strata
import StrataCore

/// What the proxy asks of the levels together: the part of `ByteCache` that commands need, so that they can be tested on a
/// cache that answers when the test says. See `MemoryLevel` for hits.
protocol ServedCache: Sendable {
    /// Reads keys through the levels.
    func read(_ keys: [Key], freshness: Freshness) async -> [Result<Entry, StrataError>]
    /// Reads keys on the calling event loop without a task; see `ByteCache`.
    func read(_ keys: [Key], answer: @escaping ([Result<Entry, StrataError>]?) -> Void) -> Bool
    /// Runs mutations, those of one key in the order given.
    func apply(_ mutations: [Mutation]) async -> [Result<MutationOutcome, StrataError>]
    /// One page of all keys.
    func scan(from: KeyPosition, count: Int) async throws(StrataError) -> ScanPage
    /// How many keys hold a value.
    func count() async throws(StrataError) -> Int
    /// Removes every key.
    func removeAll() async throws(StrataError)
}

extension ByteCache: ServedCache {}
