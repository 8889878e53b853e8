/// Why a run could not be made or not be finished, said so that the reader knows what to do about it.
package struct LoadError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
