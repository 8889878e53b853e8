package import StrataCore

/// The contract of `Store` as a suite that every store passes: a single shard, a composite, a store in memory.
///
/// In a test target:
///
/// ```swift
/// @Test(arguments: StoreConformance.Check.allCases)
/// func conforms(check: StoreConformance.Check) async throws {
///     try await StoreConformance(store).run(check)
/// }
/// ```
///
/// While a check runs, nothing else may write to the store; several checks remove every key. What was in the store
/// before does not matter. The store's clock has to run, within `clockTolerance` of this process's.
package struct StoreConformance: Sendable {
    /// The rules, each of which can be checked alone.
    package enum Check: String, CaseIterable, Sendable, CustomStringConvertible {
        case health, absentEmptyAndZero, everyDecision, outcomes, versions
        case randomMutations, randomBatches, randomTransactions
        case failuresStayAlone, transactionsAreAtomic, transactionsStayInOneSlot, concurrentAdditionsAreExact
        case conditionsAdmitOneWriter, expiredValuesAreAbsent, scanIsComplete, scanSurvivesChange, scanKeepsCollisions
        case scanBounds, count, removeAll, tags, deadlines, binaryKeysAndValues, keyLimits

        package var description: String { rawValue }
    }

    /// The store under test.
    package let store: any Store
    /// Where the random sequences start; the same seed gives the same requests.
    package let seed: UInt64
    /// How far the store's clock may be from this process's.
    package let clockTolerance: Duration
    /// How long one ordinary request may take.
    package let patience: Duration
    /// Whether the store takes values of strings only.
    package let stringsOnly: Bool

    let check: Check?

    /// A suite over one store.
    ///
    /// - Parameters:
    ///   - store: the store under test.
    ///   - seed: where the random sequences start.
    ///   - clockTolerance: how far the store's clock may be from this process's, at most a minute.
    ///   - patience: the deadline of every ordinary request.
    ///   - stringsOnly: whether the store takes values of strings only, and refuses other types.
    package init(
        _ store: any Store, seed: UInt64 = 1, clockTolerance: Duration = .seconds(10),
        patience: Duration = .seconds(60),
        stringsOnly: Bool = false
    ) {
        self.init(
            store, seed: seed, clockTolerance: clockTolerance, patience: patience, stringsOnly: stringsOnly, check: nil)
    }

    /// The type of a number, or that of strings where the store takes no other.
    var type: @Sendable (UInt8) -> EntryType {
        { [stringsOnly] number in stringsOnly ? .string : EntryType(rawValue: number) }
    }

    private init(
        _ store: any Store, seed: UInt64, clockTolerance: Duration, patience: Duration, stringsOnly: Bool, check: Check?
    ) {
        self.store = store
        self.seed = seed
        self.clockTolerance = clockTolerance
        self.patience = patience
        self.stringsOnly = stringsOnly
        self.check = check
    }

    /// Runs every check, one after the other.
    ///
    /// - Throws: the first `ConformanceFailure`.
    package func runAll() async throws {
        for check in Check.allCases { try await run(check) }
    }

    /// Runs one check.
    ///
    /// - Throws: a `ConformanceFailure` when the store breaks the rule, or the store's own error.
    package func run(_ check: Check) async throws {
        let suite = StoreConformance(
            store, seed: seed, clockTolerance: clockTolerance, patience: patience, stringsOnly: stringsOnly,
            check: check)
        switch check {
        case .health: try await suite.checkHealth()
        case .absentEmptyAndZero: try await suite.checkAbsentEmptyAndZero()
        case .everyDecision: try await suite.checkEveryDecision()
        case .outcomes: try await suite.checkOutcomes()
        case .versions: try await suite.checkVersions()
        case .randomMutations: try await suite.checkRandomRequests(batch: 1...1, rounds: 120)
        case .randomBatches: try await suite.checkRandomRequests(batch: 2...24, rounds: 60)
        case .randomTransactions: try await suite.checkRandomTransactions(rounds: 80)
        case .failuresStayAlone: try await suite.checkFailuresStayAlone()
        case .transactionsAreAtomic: try await suite.checkTransactionsAreAtomic()
        case .transactionsStayInOneSlot: try await suite.checkTransactionsStayInOneSlot()
        case .concurrentAdditionsAreExact: try await suite.checkConcurrentAdditions()
        case .conditionsAdmitOneWriter: try await suite.checkConditionsAdmitOneWriter()
        case .expiredValuesAreAbsent: try await suite.checkExpiredValuesAreAbsent()
        case .scanIsComplete: try await suite.checkScanIsComplete()
        case .scanSurvivesChange: try await suite.checkScanSurvivesChange()
        case .scanKeepsCollisions: try await suite.checkScanKeepsCollisions()
        case .scanBounds: try await suite.checkScanBounds()
        case .count: try await suite.checkCount()
        case .removeAll: try await suite.checkRemoveAll()
        case .tags: try await suite.checkTags()
        case .deadlines: try await suite.checkDeadlines()
        case .binaryKeysAndValues: try await suite.checkBinaryKeysAndValues()
        case .keyLimits: try await suite.checkKeyLimits()
        }
    }
}

extension StoreConformance {
    /// The context of an ordinary request.
    var context: StoreContext { StoreContext(deadline: .now + patience) }

    /// Keys no earlier run has used.
    func freshKeys(_ count: Int, slotTag: String? = nil) -> [Key] {
        let run = String(UInt64.random(in: .min ... .max), radix: 36)
        let tag = slotTag.map { "{\($0)-\(run)}" } ?? ""
        return (0..<count).map { Key("conformance:\(run):\(tag)\($0)") }
    }

    /// A key no earlier run has used.
    func freshKey() -> Key { freshKeys(1)[0] }

    /// Runs one mutation and answers its outcome, or throws its error.
    func apply(_ mutation: Mutation) async throws -> MutationOutcome {
        let results = await store.apply([mutation], context: context)
        try expect(results.count == 1, "one mutation got \(results.count) results")
        return try results[0].get()
    }

    /// Runs one mutation that has to take effect.
    @discardableResult
    func write(_ mutation: Mutation) async throws -> MutationOutcome {
        let outcome = try await apply(mutation)
        try expect(outcome.applied, "\(mutation.operation) of \(mutation.key) was not applied")
        return outcome
    }

    /// Reads one key.
    func read(_ key: Key) async throws -> Entry {
        try await read([key])[0]
    }

    /// Reads keys, each of which has to be answered.
    func read(_ keys: [Key]) async throws -> [Entry] {
        let results = await store.read(keys, context: context)
        try expect(results.count == keys.count, "\(keys.count) keys got \(results.count) answers")
        return try results.map { try $0.get() }
    }

    /// Ends the check unless the condition holds.
    func expect(_ condition: Bool, _ message: @autoclosure () -> String, line: Int = #line) throws(ConformanceFailure) {
        guard condition else {
            throw ConformanceFailure(check: check?.rawValue ?? "conformance", message: message(), line: line)
        }
    }

    /// Ends the check unless the result is an error with the code.
    func expect<Success>(
        _ result: Result<Success, StrataError>, failsWith code: StrataError.Code, _ what: String, line: Int = #line
    ) throws(ConformanceFailure) {
        switch result {
        case .success: try expect(false, "\(what) succeeded instead of failing with \(code)", line: line)
        case .failure(let error):
            try expect(
                error.code == code, "\(what) failed with \(error.code) (\(error)) instead of \(code)", line: line)
        }
    }
}
