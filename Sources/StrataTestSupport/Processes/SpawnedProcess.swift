import NIOConcurrencyHelpers

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// `kill(2)` under a name that methods called `kill` don't hide.
func signalProcess(_ identifier: pid_t, _ signal: Int32) -> Int32 { kill(identifier, signal) }

/// A child in a process group of its own (so that Ctrl-C on a terminal does not reach it), with a pipe as standard input
/// and a file as standard output and error.
struct SpawnedProcess {
    let identifier: pid_t
    /// The writing end of the pipe that is the child's standard input; no other process has it.
    private let input: Int32
    /// Held from the making of a pipe until it is marked to be closed in children: two servers that inherited each other's
    /// pipes would keep both watchdogs from ever noticing the end of the test.
    private static let spawning = NIOLock()

    init(
        _ executable: String, _ arguments: [String], outputPath: String, environment: [String: String] = [:]
    ) throws {
        let (reading, writing) = try SpawnedProcess.spawning.withLock { () throws in try SpawnedProcess.pipe() }
        defer { close(reading) }

        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        #else
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawn_file_actions_adddup2(&actions, reading, STDIN_FILENO)
        posix_spawn_file_actions_addopen(
            &actions, STDOUT_FILENO, outputPath, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        // A child that inherits a socket of the test keeps it open after the test has closed it.
        #if canImport(Darwin)
        let flags = Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_CLOEXEC_DEFAULT)
        #else
        let flags = Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK)
        for descriptor in SpawnedProcess.openDescriptors() where descriptor > STDERR_FILENO {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        #endif
        posix_spawnattr_setflags(&attributes, flags)
        posix_spawnattr_setpgroup(&attributes, 0)
        // Threads of a task pool block signals; a child that inherits their mask never sees a SIGTERM.
        var mask = sigset_t()
        sigemptyset(&mask)
        posix_spawnattr_setsigmask(&attributes, &mask)

        var argv = ([executable] + arguments).map { strdup($0) } + [nil]
        var variables = SpawnedProcess.inheritedEnvironment(without: Set(environment.keys))
        variables += environment.map { "\($0.key)=\($0.value)" }
        var envp = variables.map { strdup($0) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var child: pid_t = 0
        let status = SpawnedProcess.spawning.withLock {
            posix_spawn(&child, executable, &actions, &attributes, &argv, &envp)
        }
        guard status == 0 else {
            close(writing)
            throw ServerProcessError("\(executable) can't be started: \(String(cString: strerror(status)))")
        }
        identifier = child
        input = writing
    }

    /// Writes an empty line to the child's standard input.
    func writeLine() throws {
        var newline = UInt8(ascii: "\n")
        guard write(input, &newline, 1) == 1 else {
            throw ServerProcessError(
                "process \(identifier) ended before it started: \(String(cString: strerror(errno)))")
        }
    }

    /// Kills the child, waits for its end and closes the pipe: the last thing to do with it.
    func kill() -> Int32? {
        _ = signalProcess(identifier, SIGKILL)
        defer { close(input) }
        return SpawnedProcess.status(of: identifier, waiting: true)
    }

    /// The exit status of a child that has ended, or the negated number of the signal that ended it; the child is then
    /// reaped and its identifier may be given to another process.
    static func status(of identifier: pid_t, waiting: Bool) -> Int32? {
        var status: Int32 = 0
        var result: pid_t
        repeat {
            result = waitpid(identifier, &status, waiting ? 0 : WNOHANG)
        } while result < 0 && errno == EINTR
        guard result == identifier else { return nil }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : -signal
    }

    private static func pipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [0, 0]
        guard systemPipe(&ends) == 0 else {
            throw ServerProcessError("no pipe: \(String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func inheritedEnvironment(without names: Set<String>) -> [String] {
        var variables: [String] = []
        #if canImport(Darwin)
        var next = _NSGetEnviron().pointee
        #else
        // Guarded by nothing: tests don't change their environment.
        var next = unsafe environ
        #endif
        while let variable = next.pointee {
            let text = String(cString: variable)
            if !names.contains(String(text.prefix { $0 != "=" })) { variables.append(text) }
            next += 1
        }
        return variables
    }

    private static func openDescriptors() -> [Int32] {
        guard let directory = opendir("/proc/self/fd") else { return [] }
        defer { closedir(directory) }
        var descriptors: [Int32] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let descriptor = Int32(name) { descriptors.append(descriptor) }
        }
        return descriptors
    }
}

/// `pipe(2)` under a name that the method called `pipe` does not hide.
private func systemPipe(_ ends: UnsafeMutablePointer<Int32>) -> Int32 { pipe(ends) }
