import StrataTestSupport
import Testing

@testable import StrataMemory

@Suite struct TimerWheelTests {
    private static let tick: UInt64 = 1 << TimerWheel.tickBits

    /// All that is due, however many steps it takes.
    private func due(
        _ wheel: inout TimerWheel, _ now: UInt64, _ deadline: (CellIndex) -> UInt64
    ) -> Set<CellIndex> {
        var cells: Set<CellIndex> = []
        var steps = Int.max
        while case let cell = wheel.nextDue(now, steps: &steps, deadline: deadline), cell >= 0 {
            #expect(cells.insert(cell).inserted)
        }
        return cells
    }

    @Test func nothingIsDueBeforeItsDeadlineAndAllWithinATickAfter() {
        var generator = SeededGenerator(seed: 2)
        let start = 12_345_678_901_234
        var wheel = TimerWheel(startingAt: UInt64(start))
        var deadlines: [CellIndex: UInt64] = [:]
        func deadline(_ cell: CellIndex) -> UInt64 { deadlines[cell] ?? 0 }
        for cell in CellIndex(0)..<3000 {
            // From microseconds to centuries.
            let delay = UInt64.random(in: 0..<(1 << UInt64.random(in: 10...62, using: &generator)), using: &generator)
            deadlines[cell] = UInt64(start) + delay
            wheel.schedule(cell, deadline: UInt64(start) + delay)
        }
        #expect(wheel.violations(deadline: deadline) == [])
        for cell in CellIndex(0)..<300 {
            wheel.cancel(cell * 10)
            deadlines[cell * 10] = nil
        }
        var now = UInt64(start)
        while !deadlines.isEmpty {
            now += 1 << UInt64.random(in: 20...61, using: &generator)
            for cell in due(&wheel, now, deadline) {
                let deadline = deadlines.removeValue(forKey: cell)
                #expect(deadline.map { $0 <= now } == true)
            }
            let late = deadlines.values.contains { now >= TimerWheelTests.tick && $0 <= now - TimerWheelTests.tick }
            #expect(!late)
            let violations = wheel.violations(deadline: deadline)
            #expect(violations == [])
            if !violations.isEmpty { break }
        }
        #expect(wheel.count == 0)
    }

    @Test func stepsAreBoundedAndNothingIsLost() {
        var wheel = TimerWheel(startingAt: 0)
        func deadline(_ cell: CellIndex) -> UInt64 { cell < 20_000 ? 60_000_000_000 : 62_000_000_000 }
        // All in one bucket far away, as when many entries are loaded together.
        for cell in CellIndex(0)..<10_000 { wheel.schedule(cell, deadline: deadline(cell)) }
        let now: UInt64 = 61_000_000_000
        var found = 0
        var questions = 0
        while found < 10_000, questions < 10_000 {
            questions += 1
            var steps = 64
            while wheel.nextDue(now, steps: &steps, deadline: deadline) >= 0 { found += 1 }
            #expect(steps >= 0)
            // While some wait, new ones are scheduled and come in their time.
            if questions == 5 { wheel.schedule(20_000, deadline: deadline(20_000)) }
        }
        #expect(found == 10_000)
        #expect(questions > 100)
        #expect(wheel.violations(deadline: deadline) == [])
        #expect(due(&wheel, 63_000_000_000, deadline) == [20_000])
    }

    @Test func extremesAreHandled() {
        var wheel = TimerWheel(startingAt: 1 << 60)
        let deadlines: [UInt64] = [0, .max - 1, 1 << 60]
        func deadline(_ cell: CellIndex) -> UInt64 { deadlines[Int(cell)] }
        for cell in CellIndex(0)..<3 { wheel.schedule(cell, deadline: deadline(cell)) }
        #expect(due(&wheel, 1 << 60, deadline) == [0, 2])
        // A clock that is read late, and the end of time.
        #expect(due(&wheel, 5, deadline) == [])
        #expect(due(&wheel, .max - TimerWheelTests.tick, deadline) == [])
        #expect(wheel.count == 1)
        #expect(wheel.violations(deadline: deadline) == [])
        wheel.cancel(1)
        wheel.cancel(1)
        wheel.cancel(5000)
        #expect(wheel.count == 0)
    }
}
