/// What the log does inside Redis.
enum RedisLogScripts {
    /// `ensure(stream, meta, nonce)`: makes the log anew when a part of it is missing; answers its nonce.
    private static let functions = #"""
        local function start(stream, meta, nonce)
          redis.call('UNLINK', stream)
          local kind = redis.call('TYPE', meta).ok
          if kind ~= 'hash' and kind ~= 'none' then redis.call('UNLINK', meta) end
          redis.call('HSET', meta, 'nonce', nonce)
          return nonce
        end
        local function ensure(stream, meta, nonce)
          if redis.call('TYPE', stream).ok ~= 'stream' or redis.call('TYPE', meta).ok ~= 'hash' then
            return start(stream, meta, nonce)
          end
          return redis.call('HGET', meta, 'nonce') or start(stream, meta, nonce)
        end
        local function add(stream, meta, nonce, bound, payload)
          local number = string.format('%.0f', redis.call('HINCRBY', meta, 'sequence', 1))
          return redis.pcall('XADD', stream, 'MAXLEN', '~', bound, number .. '-0', 'n', nonce, 'e', payload)
        end
        local function publish(stream, meta, candidate, bound, payload)
          local nonce = ensure(stream, meta, candidate)
          local reply = add(stream, meta, nonce, bound, payload)
          if type(reply) == 'table' and reply.err then
            -- The stream holds an entry that somebody else numbered: a new log begins.
            nonce = start(stream, meta, candidate)
            reply = add(stream, meta, nonce, bound, payload)
          end
          return reply
        end

        """#

    /// Adds an entry with the next number. `KEYS`: stream, meta. `ARGV`: a nonce for the case that a new log begins, the
    /// number of entries to keep, the payload.
    static let publish = RedisScript(functions + "return publish(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3])")

    private static let identity = #"""
        local function identity(stream, meta)
          local server, replication = redis.call('INFO', 'server'), redis.call('INFO', 'replication')
          local nonce, number = false, '0'
          if redis.call('TYPE', stream).ok == 'stream' and redis.call('TYPE', meta).ok == 'hash' then
            nonce = redis.call('HGET', meta, 'nonce')
            number = redis.call('HGET', meta, 'sequence') or '0'
          end
          return {
            string.match(server, 'run_id:(%w+)') or '', string.match(replication, 'master_replid:(%w+)') or '',
            nonce, number
          }
        end

        """#

    /// Answers the log's identity and the number of its last entry; the nonce is null when there is no log. `KEYS`: stream,
    /// meta.
    static let poll = RedisScript(identity + "return identity(KEYS[1], KEYS[2])")

    /// As `poll`, but begins a new log when there is none, or when its stream holds entries that no publisher numbered: they
    /// would be found again at each attempt to get past them. `KEYS`: stream, meta. `ARGV`: a nonce, the number of entries
    /// to keep, the payload of the first entry.
    static let open = RedisScript(
        functions + identity + #"""
            local stream, meta = KEYS[1], KEYS[2]
            local is_whole = false
            if redis.call('TYPE', stream).ok == 'stream' and redis.call('TYPE', meta).ok == 'hash' then
              local info = redis.call('XINFO', 'STREAM', stream)
              for i = 1, #info, 2 do
                if info[i] == 'last-generated-id' then
                  is_whole = info[i + 1] == (redis.call('HGET', meta, 'sequence') or '') .. '-0'
                end
              end
            end
            if not is_whole then
              start(stream, meta, ARGV[1])
              add(stream, meta, ARGV[1], ARGV[2], ARGV[3])
            end
            return identity(stream, meta)
            """#)
}
