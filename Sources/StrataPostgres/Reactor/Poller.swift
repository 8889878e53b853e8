/// What a socket is watched for, and what it is ready for.
struct Readiness: OptionSet, Sendable {
    let rawValue: UInt8

    /// Bytes can be read, or the end of the stream, or an error.
    static let read = Readiness(rawValue: 1)
    /// Bytes can be written, or an error.
    static let write = Readiness(rawValue: 2)
}

/// How a reactor waits for sockets: epoll on Linux; kqueue would conform as well.
///
/// All functions but `wake` are called by the reactor's thread alone.
protocol Poller: Sendable {
    /// Starts to watch a descriptor, level-triggered; its events carry the token.
    func add(_ descriptor: Int32, _ interest: Readiness, token: UInt64)
    /// Changes what a watched descriptor is watched for.
    func update(_ descriptor: Int32, _ interest: Readiness, token: UInt64)
    /// Stops watching a descriptor that is still open.
    func remove(_ descriptor: Int32)
    /// Waits for events, a wake-up or the timeout.
    ///
    /// - Parameter milliseconds: how long at most; negative for ever.
    func wait(milliseconds: Int32)
    /// Hands over each event that the last `wait` has found.
    func forEachEvent(_ body: (_ token: UInt64, _ readiness: Readiness) -> Void)
    /// Ends the present or the next `wait`. Called by any thread.
    func wake()
    /// Closes what the poller opened.
    func close()
}
