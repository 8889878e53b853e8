package import Histogram

/// What one lane of a phase counted and measured; tallies of several lanes add up.
package struct Tally: Sendable {
    /// How many mismatches are kept to be shown; the others are only counted.
    package static let shownMismatches = 5

    /// Operations that ended, failed ones included.
    package private(set) var completed = 0
    /// Operations that the server refused or whose answer was lost.
    package private(set) var errors = 0
    /// The first error's text.
    package private(set) var firstError: String?
    /// Reads that found nothing.
    package private(set) var notFound = 0
    /// Reads that returned what they must not.
    package private(set) var mismatches = 0
    /// The first of those.
    package private(set) var firstMismatches: [Mismatch] = []
    /// Latency of the operations that succeeded, in nanoseconds.
    package private(set) var overall = Histogram<UInt64>()

    private var byKind = OperationKind.allCases.map { _ in Histogram<UInt64>() }

    package init() {}

    /// Latency by kind of operation, in nanoseconds.
    package func latency(of kind: OperationKind) -> Histogram<UInt64> { byKind[kind.rawValue] }

    /// Counts an operation that succeeded.
    package mutating func complete(_ kind: OperationKind, nanoseconds: UInt64) {
        completed += 1
        overall.record(nanoseconds)
        byKind[kind.rawValue].record(nanoseconds)
    }

    /// Measures a round trip that is part of an operation.
    package mutating func measurePart(_ kind: OperationKind, nanoseconds: UInt64) {
        byKind[kind.rawValue].record(nanoseconds)
    }

    /// Counts an operation that failed.
    package mutating func fail(_ text: String) {
        completed += 1
        errors += 1
        if firstError == nil { firstError = text }
    }

    /// Counts a read that found nothing.
    package mutating func countNotFound() { notFound += 1 }

    /// Counts a read that returned what it must not.
    package mutating func count(_ mismatch: @autoclosure () -> Mismatch) {
        mismatches += 1
        if firstMismatches.count < Tally.shownMismatches { firstMismatches.append(mismatch()) }
    }

    /// Adds another lane's tally.
    package mutating func merge(_ other: Tally) {
        completed += other.completed
        errors += other.errors
        firstError = firstError ?? other.firstError
        notFound += other.notFound
        mismatches += other.mismatches
        firstMismatches += other.firstMismatches.prefix(Tally.shownMismatches - firstMismatches.count)
        overall.add(other.overall)
        for index in byKind.indices { byKind[index].add(other.byKind[index]) }
    }
}
