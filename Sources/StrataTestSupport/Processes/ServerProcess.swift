import NIOConcurrencyHelpers

#if canImport(Glibc)
package import Glibc
#elseif canImport(Musl)
package import Musl
#elseif canImport(Darwin)
package import Darwin
#endif

/// A child process of a test, such as a database server, that never outlives it.
///
/// A watchdog process holds the reading end of a pipe whose writing end only the test process has: however the test ends,
/// `kill -9` included, the pipe closes and the watchdog kills the child. (PR_SET_PDEATHSIG would not do: it fires when the
/// *thread* that forked ends, and a task has no thread of its own.) The child waits for a byte on its standard input before
/// it becomes the server, so there is no moment at which it runs unwatched.
package final class ServerProcess: Sendable {
    /// What to run.
    package struct Command: Sendable {
        /// The absolute path of the program.
        package var executable: String
        package var arguments: [String]
        /// The user to run as; nil for the current one. Only root can change it.
        package var user: String?
        /// Variables set in addition to the ones of the test process.
        package var environment: [String: String]

        package init(
            _ executable: String, _ arguments: [String] = [], user: String? = nil, environment: [String: String] = [:]
        ) {
            self.executable = executable
            self.arguments = arguments
            self.user = user
            self.environment = environment
        }
    }

    private enum State {
        case running(watchdog: SpawnedProcess)
        /// How it ended: the exit status, or the negated number of the signal.
        case ended(Int32)
    }

    /// The process identifier of the server itself.
    package let identifier: pid_t
    /// The file that standard output and standard error go to.
    package let outputPath: String
    private let name: String
    private let state: NIOLockedValueBox<State>

    /// Starts a process.
    ///
    /// - Parameters:
    ///   - command: what to run.
    ///   - outputPath: the file to append standard output and standard error to.
    ///   - directory: a directory that the watchdog removes if the test process dies.
    package init(_ command: Command, outputPath: String, cleaningUp directory: String? = nil) throws {
        // The shell reads one line, so that nothing runs before the watchdog does, and then becomes the server.
        let gate = #"read -r _ && exec "$@" </dev/null"#
        var arguments = ["-c", gate, "sh"]
        if let user = command.user {
            arguments += ["setpriv", "--reuid=\(user)", "--regid=\(user)", "--init-groups"]
        }
        arguments += [command.executable] + command.arguments
        let server = try SpawnedProcess(
            "/bin/sh", arguments, outputPath: outputPath, environment: command.environment)
        let watchdog: SpawnedProcess
        do {
            watchdog = try SpawnedProcess(
                "/bin/sh",
                [
                    "-c", #"read -r _; kill -KILL "$1"; [ -z "$2" ] || { sleep 0.2; rm -rf -- "$2"; }"#, "sh",
                    "\(server.identifier)", directory ?? "",
                ], outputPath: "/dev/null")
            try server.writeLine()
        } catch {
            _ = server.kill()
            throw error
        }
        self.identifier = server.identifier
        self.outputPath = outputPath
        self.name = command.executable
        self.state = NIOLockedValueBox(.running(watchdog: watchdog))
    }

    deinit {
        kill()
    }

    /// Whether the process has not ended yet; a stopped one counts as running.
    package var isRunning: Bool { exitStatus == nil }

    /// How the process ended: its exit status, or the negated number of the signal; nil while it runs.
    package var exitStatus: Int32? {
        state.withLockedValue { state in
            switch state {
            case .ended(let status): return status
            case .running(let watchdog):
                guard let status = SpawnedProcess.status(of: identifier, waiting: false) else { return nil }
                _ = watchdog.kill()
                state = .ended(status)
                return status
            }
        }
    }

    /// Sends a signal, such as SIGSTOP or SIGCONT; nothing happens when the process has ended.
    package func send(_ signal: Int32) {
        state.withLockedValue { state in
            if case .running = state { _ = signalProcess(identifier, signal) }
        }
    }

    /// Ends the process at once, as a crash would (SIGKILL), and waits for its end.
    package func kill() {
        state.withLockedValue { state in
            guard case .running(let watchdog) = state else { return }
            _ = signalProcess(identifier, SIGKILL)
            let status = SpawnedProcess.status(of: identifier, waiting: true) ?? -SIGKILL
            // Only now: had the watchdog gone first, a test killed in between would leave the server behind.
            _ = watchdog.kill()
            state = .ended(status)
        }
    }

    /// Asks the process to end, and kills it when it does not within the time given.
    ///
    /// - Parameter signal: how to ask: SIGTERM; for Postgres SIGINT ends sessions and SIGQUIT skips the clean shutdown.
    package func stop(signal: Int32 = SIGTERM, within time: Duration = .seconds(10)) async {
        send(signal)
        let deadline = ContinuousClock.now + time
        while isRunning, ContinuousClock.now < deadline, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(5))
        }
        kill()
    }

    /// Waits until the process is ready.
    ///
    /// - Parameters:
    ///   - time: how long at most.
    ///   - isReady: asked again and again, every few milliseconds.
    /// - Throws: an error with the end of the process' output when it ends or the time is over.
    package func waitUntilReady(
        within time: Duration = .seconds(30), _ isReady: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + time
        while try await !isReady() {
            if let exitStatus {
                throw ServerProcessError("\(name) ended with status \(exitStatus) instead of starting:\n\(outputTail)")
            }
            guard ContinuousClock.now < deadline else {
                throw ServerProcessError("\(name) was not ready within \(time):\n\(outputTail)")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Waits until the process ends by itself, and answers how: its exit status, or the negated number of the signal.
    package func waitUntilEnd(within time: Duration) async throws -> Int32 {
        let deadline = ContinuousClock.now + time
        while true {
            if let exitStatus { return exitStatus }
            guard ContinuousClock.now < deadline else {
                throw ServerProcessError("\(name) did not end within \(time):\n\(outputTail)")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// The last 4,096 bytes of the output.
    package var outputTail: String {
        guard let file = fopen(outputPath, "r") else { return "" }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        fseek(file, max(0, ftell(file) - 4096), SEEK_SET)
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}

/// Why a child process could not be started or used.
package struct ServerProcessError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
