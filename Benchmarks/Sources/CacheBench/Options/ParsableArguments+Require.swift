import ArgumentParser

extension ParsableArguments {
    /// Refuses the arguments unless a condition holds.
    ///
    /// - Parameter message: which option is wrong, and what to give instead.
    /// - Throws: `ValidationError` with the message.
    func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
        if !condition { throw ValidationError(message()) }
    }
}
