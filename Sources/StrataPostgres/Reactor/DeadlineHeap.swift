/// Something with a deadline that knows where in a `DeadlineHeap` it is.
protocol DeadlineHeapElement: AnyObject {
    var deadline: ContinuousClock.Instant { get }
    /// The element's place in the heap; -1 when it is in none. Written by the heap alone.
    var heapIndex: Int { get set }
}

/// A binary heap with the earliest deadline on top, from which any element can be removed.
///
/// Invariant: no element is earlier than its parent, `(index - 1) / 2`, and every element's `heapIndex` is its place.
/// Insertion and removal are O(log n); the earliest is O(1).
struct DeadlineHeap<Element: DeadlineHeapElement> {
    private var elements: [Element] = []

    var isEmpty: Bool { elements.isEmpty }
    var count: Int { elements.count }
    /// The element with the earliest deadline.
    var first: Element? { elements.first }

    mutating func insert(_ element: Element) {
        precondition(element.heapIndex < 0, "an element can be in one heap, once")
        element.heapIndex = elements.count
        elements.append(element)
        siftUp(element.heapIndex)
    }

    /// Removes an element; nothing happens when it is in no heap.
    mutating func remove(_ element: Element) {
        let index = element.heapIndex
        guard index >= 0 else { return }
        element.heapIndex = -1
        let last = elements.removeLast()
        guard last !== element else { return }
        elements[index] = last
        last.heapIndex = index
        siftUp(index)
        siftDown(last.heapIndex)
    }

    /// Removes and returns the earliest element when its deadline is not after the time given.
    mutating func popFirst(notAfter now: ContinuousClock.Instant) -> Element? {
        guard let first, first.deadline <= now else { return nil }
        remove(first)
        return first
    }

    private mutating func siftUp(_ start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard elements[index].deadline < elements[parent].deadline else { return }
            swap(index, parent)
            index = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var index = start
        while true {
            var earliest = index
            for child in (2 * index + 1)...(2 * index + 2) where child < elements.count {
                if elements[child].deadline < elements[earliest].deadline { earliest = child }
            }
            guard earliest != index else { return }
            swap(index, earliest)
            index = earliest
        }
    }

    private mutating func swap(_ left: Int, _ right: Int) {
        elements.swapAt(left, right)
        elements[left].heapIndex = left
        elements[right].heapIndex = right
    }
}
