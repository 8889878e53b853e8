/// What the store does inside Redis. Each script touches the entry, the index of keys and the deadlines in one step.
///
/// Versions are drawn from one counter, which is at least the server's time in microseconds: a server that starts empty or
/// from an old snapshot still makes versions above every earlier one, without anything that would have to survive. Those
/// numbers stay below 2^53 until the year 2255, so Lua counts them exactly.
enum RedisStoreScripts {
    private static let functions = #"""
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local function draw(counter, count)
          local first = (tonumber(redis.call('GET', counter)) or 0) + 1
          first = math.max(first, time[1] * 1000000 + time[2])
          redis.call('SET', counter, string.format('%.0f', first + count - 1))
          return first
        end
        local function packed(number)
          return struct.pack('>I4I4', math.floor(number / 4294967296), number % 4294967296)
        end
        local function put(index, expiries, name, body, position, deadline)
          redis.call('SET', name, body)
          redis.call('ZADD', index, position, name)
          if deadline then
            redis.call('PEXPIREAT', name, deadline)
            redis.call('ZADD', expiries, deadline, name)
          else
            redis.call('ZREM', expiries, name)
          end
        end
        local function remove(index, expiries, name)
          redis.call('UNLINK', name)
          redis.call('ZREM', index, name)
          redis.call('ZREM', expiries, name)
        end
        local function sweep(index, expiries, count)
          local due = redis.call('ZRANGEBYSCORE', expiries, '-inf', now, 'LIMIT', 0, count)
          for _, name in ipairs(due) do
            -- -2: gone. -1: it no longer expires. Else Redis drops it within this millisecond, and we come again.
            local left = redis.call('PTTL', name)
            if left == -2 then redis.call('ZREM', index, name) end
            if left < 0 then redis.call('ZREM', expiries, name) end
          end
          return #due
        end

        """#

    /// Puts or deletes without asking what was there, apart from its deadline.
    ///
    /// `KEYS`: counter, index, expiries, entry. `ARGV`: the envelope without version and deadline (empty to delete), the
    /// position, what becomes of the deadline (`keep`, `never`, `after`, `at`), its milliseconds, 1 to answer the old value.
    /// Answers: whether it was applied, whether the key existed, the version, the deadline (empty when there is none), the
    /// time, the old value.
    static let write = RedisScript(
        functions + #"""
            local counter, index, expiries, name = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
            local body, position, rule = ARGV[1], ARGV[2], ARGV[3]
            local old = redis.pcall('GETRANGE', name, 0, 27)
            local exists = redis.call('EXISTS', name) == 1
            local previous = false
            if exists and ARGV[5] == '1' then
              previous = redis.pcall('GET', name)
              if type(previous) ~= 'string' then previous = false end
            end
            local deadline = false
            if rule == 'after' then deadline = now + tonumber(ARGV[4])
            elseif rule == 'at' then deadline = tonumber(ARGV[4])
            elseif rule == 'keep' and exists and type(old) == 'string' and #old == 28
              and math.floor(string.byte(old, 2) / 2) % 2 == 1 then
              local high, low = struct.unpack('>I4I4', string.sub(old, 21, 28))
              deadline = high * 4294967296 + low
            end
            sweep(index, expiries, 4)
            if body == '' or (deadline and deadline <= now) then
              if not exists then
                local version = tonumber(redis.call('GET', counter)) or draw(counter, 1)
                return {0, 0, string.format('%.0f', version), '', now, false}
              end
              remove(index, expiries, name)
              return {1, 1, string.format('%.0f', draw(counter, 1)), '', now, previous}
            end
            local version = draw(counter, 1)
            local head = string.sub(body, 1, 4)
            local stamp = ''
            if deadline then
              head = string.sub(body, 1, 1) .. string.char(string.byte(body, 2) + 2) .. string.sub(body, 3, 4)
              stamp = packed(deadline)
            end
            body = head .. packed(version) .. string.sub(body, 13, 20) .. stamp .. string.sub(body, 21)
            local when = deadline and string.format('%.0f', deadline)
            put(index, expiries, name, body, position, when)
            return {1, exists and 1 or 0, string.format('%.0f', version), when or '', now, previous}
            """#)

    /// Writes entries if none of them has changed since it was read.
    ///
    /// `KEYS`: counter, index, expiries, then the entries. `ARGV`: how many versions to draw, then for each entry: the
    /// version it was read with (empty for none), what to do (`check`, `put`, `delete`), the envelope without its version,
    /// which of the drawn versions it gets, its position, its deadline (empty for none). Answers the first version drawn,
    /// or null when an entry has changed.
    static let commit = RedisScript(
        functions + #"""
            for i = 4, #KEYS do
              if redis.call('GETRANGE', KEYS[i], 4, 11) ~= ARGV[(i - 4) * 6 + 2] then return false end
            end
            sweep(KEYS[2], KEYS[3], 4)
            if ARGV[1] == '0' then return '0' end
            local first = draw(KEYS[1], tonumber(ARGV[1]))
            for i = 4, #KEYS do
              local at = (i - 4) * 6 + 3
              if ARGV[at] == 'put' then
                local body = string.sub(ARGV[at + 1], 1, 4) .. packed(first + tonumber(ARGV[at + 2]))
                  .. string.sub(ARGV[at + 1], 13)
                put(KEYS[2], KEYS[3], KEYS[i], body, ARGV[at + 3], ARGV[at + 4] ~= '' and ARGV[at + 4])
              elseif ARGV[at] == 'delete' then
                remove(KEYS[2], KEYS[3], KEYS[i])
              end
            end
            return string.format('%.0f', first)
            """#)

    /// Draws a version, above every one before. `KEYS`: counter.
    static let draw = RedisScript(functions + "return string.format('%.0f', draw(KEYS[1], 1))")

    /// Sweeps expired keys out of the index. `KEYS`: index, expiries. `ARGV`: how many at most. Answers how many were due.
    static let sweep = RedisScript(functions + "return sweep(KEYS[1], KEYS[2], ARGV[1])")

    /// A page of the index that does not end between keys of one position. `KEYS`: index. `ARGV`: the first position, how
    /// many keys. Answers names and positions by turns.
    static let page = RedisScript(
        #"""
        local page = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
        if #page < 2 * tonumber(ARGV[2]) then return {page, 0} end
        local last = page[#page]
        while #page > 0 and page[#page] == last do
          page[#page] = nil
          page[#page] = nil
        end
        for _, word in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], last, last, 'WITHSCORES')) do
          page[#page + 1] = word
        end
        return {page, 1}
        """#)

    /// Removes up to 1,000 entries. `KEYS`: counter, index, expiries. Answers how many are left.
    static let removeSome = RedisScript(
        functions + #"""
            local names = redis.call('ZRANGE', KEYS[2], 0, 999)
            for _, name in ipairs(names) do remove(KEYS[2], KEYS[3], name) end
            draw(KEYS[1], 1)
            return redis.call('ZCARD', KEYS[2])
            """#)
}
