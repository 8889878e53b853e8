/// Something that happens on the reactor's thread at a deadline unless it is cancelled before.
class ReactorEvent: DeadlineHeapElement {
    final var deadline: ContinuousClock.Instant
    final var heapIndex = -1

    init(at deadline: ContinuousClock.Instant) { self.deadline = deadline }

    func fire() { fatalError("an event does something") }
}

/// An event that runs a closure.
final class ReactorTimer: ReactorEvent {
    private let action: () -> Void

    init(at deadline: ContinuousClock.Instant, _ action: @escaping () -> Void) {
        self.action = action
        super.init(at: deadline)
    }

    override func fire() { action() }
}
