import Testing

@testable import StrataPostgres

@Suite struct DeadlineHeapTests {
    private final class Element: DeadlineHeapElement {
        let deadline: ContinuousClock.Instant
        var heapIndex = -1
        init(_ deadline: ContinuousClock.Instant) { self.deadline = deadline }
    }

    @Test func answersInOrderWithAnyElementRemoved() {
        let start = ContinuousClock.now
        var heap = DeadlineHeap<Element>()
        let elements = (0..<500).map { Element(start + .milliseconds($0 * 7919 % 1000)) }
        for element in elements { heap.insert(element) }
        for (index, element) in elements.enumerated() where index % 3 == 0 { heap.remove(element) }
        for element in elements { if element.heapIndex < 0 { heap.remove(element) } }
        var seen: [ContinuousClock.Instant] = []
        while let element = heap.popFirst(notAfter: start + .seconds(1)) {
            seen.append(element.deadline)
            #expect(element.heapIndex == -1)
        }
        #expect(seen == seen.sorted() && seen.count == 333 && heap.isEmpty)
    }

    @Test func keepsWhatIsNotDue() {
        let start = ContinuousClock.now
        var heap = DeadlineHeap<Element>()
        heap.insert(Element(start + .seconds(5)))
        #expect(heap.popFirst(notAfter: start) == nil && heap.count == 1)
    }
}
