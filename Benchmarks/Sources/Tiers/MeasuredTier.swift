/// A level below memory, with numbered keys of 16 bytes and values of 100.
protocol MeasuredTier: Sendable {
    /// Makes a level that holds the keys `0 ..< plan.keys`, and gives it to the body; all it opened is closed afterwards.
    ///
    /// The executor is the one that the plan's tasks are to run on; nil for Swift's own pool.
    static func with<Result: Sendable>(
        _ plan: TierMeasurement, _ body: (Self, (any TaskExecutor)?) async throws -> Result
    ) async throws -> Result

    /// Performs the plan's operation on a key.
    ///
    /// - Throws: the tier's error, or `TierError` when the key has no value.
    func perform(_ operation: TierOperation, _ number: Int) async throws
}

/// The values' length, in bytes.
let valueBytes = 100

/// How many keys are loaded with one request.
let loadedTogether = 500

/// How long an operation may take before the measurement is given up.
let patience = Duration.seconds(10)
