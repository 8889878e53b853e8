import Foundation
import Testing

/// A use of freed memory on purpose, for which the address sanitizer must stop the process; as with the planted race,
/// `.ci/run` asks for it and nobody else.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["STRATA_PLANTED_MISUSE"] == "1"))
struct PlantedMisuseTests {
    @Test func memoryIsReadAfterItWasFreed() {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 8)
        memory.initializeMemory(as: UInt8.self, repeating: 1, count: 64)
        memory.deallocate()
        #expect(memory.load(fromByteOffset: 8, as: UInt8.self) <= UInt8.max)
    }
}
