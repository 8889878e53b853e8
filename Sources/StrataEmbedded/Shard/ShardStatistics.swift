package import StrataCore

/// What one shard of an embedded store has done since it was opened.
package struct ShardStatistics: Sendable {
    /// How many transactions were committed, each with one sync of the disk.
    package var writeTransactions = 0
    /// How many mutations and other changes they had.
    package var writes = 0
    /// How many transactions were read in.
    package var readTransactions = 0
    /// How many keys they had.
    package var reads = 0
    /// Why the last transaction failed; nil when it did not.
    package var writeError: StrataError?
}
