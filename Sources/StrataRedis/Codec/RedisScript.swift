/// A Lua script that Redis runs as one step, sent by its digest once the server knows it.
public struct RedisScript: Sendable {
    /// The Lua code.
    public let source: String
    /// By what `EVALSHA` names it.
    let digest: String

    /// A script of Lua code. Complexity: O(n), so scripts are made once.
    public init(_ source: String) {
        self.source = source
        self.digest = SHA1.hexDigest(of: source)
    }

    /// The call of the script by its digest.
    public func call(keys: [[UInt8]], arguments: [[UInt8]] = []) -> RedisScriptCall {
        RedisScriptCall(script: self, keys: keys, arguments: arguments)
    }
}

/// One call of a script.
public struct RedisScriptCall: Sendable {
    let script: RedisScript
    let keys: [[UInt8]]
    let arguments: [[UInt8]]

    /// The command that runs the script if the server knows it.
    var byDigest: RedisCommand { command("EVALSHA", script.digest) }
    /// The command that runs the script and makes it known.
    var bySource: RedisCommand { command("EVAL", script.source) }

    private func command(_ name: String, _ body: String) -> RedisCommand {
        var command = RedisCommand(name)
        command.append(body)
        command.append(Int64(keys.count))
        for key in keys { command.append(key) }
        for argument in arguments { command.append(argument) }
        return command
    }
}
