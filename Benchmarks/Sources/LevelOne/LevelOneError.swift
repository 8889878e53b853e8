/// Why a measurement of level 1 could not be made.
package struct LevelOneError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
