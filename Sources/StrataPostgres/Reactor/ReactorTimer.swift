/// Something that happens on the reactor's thread at a deadline unless it is cancelled before.
final class ReactorTimer: DeadlineHeapElement {
    var deadline: ContinuousClock.Instant
    var heapIndex = -1
    private let action: () -> Void

    init(at deadline: ContinuousClock.Instant, _ action: @escaping () -> Void) {
        self.deadline = deadline
        self.action = action
    }

    func fire() { action() }
}
