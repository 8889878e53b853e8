import Foundation
import Testing

/// A use of freed memory on purpose, for which the address sanitizer must stop the process; as with the planted race,
/// `.ci/run` asks for it and nobody else.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["STRATA_PLANTED_MISUSE"] == "1"))
struct PlantedMisuseTests {
    @Test func memoryIsReadAfterItWasFreed() {
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: 64)
        memory.initialize(repeating: 1, count: 64)
        memory.deallocate()
        // Not `load` of a raw pointer: that is code of the standard library, which is not instrumented.
        #expect(memory[8] <= UInt8.max)
    }
}
