/// What the tier does inside Redis. Versions have 63 bits and Lua's numbers 53, so versions are compared in two halves.
enum RedisTierScripts {
    /// `newer(a, b)`: whether one envelope's version is above another's. `ours(old, cluster)`: whether it is an envelope of
    /// the cluster. `floor_only(old)`: whether it only says which versions are too old (an absence that expired in 1970).
    private static let functions = #"""
        local function newer(a, b)
          local ah, al = struct.unpack('>I4I4', a)
          local bh, bl = struct.unpack('>I4I4', b)
          return ah > bh or (ah == bh and al > bl)
        end
        local function ours(old, cluster)
          return type(old) == 'string' and #old >= 20 and string.byte(old, 1) == 1
            and string.sub(old, 13, 20) == cluster
        end
        local function floor_only(old)
          return string.byte(old, 2) % 4 == 2 and string.sub(old, 21, 28) == string.rep('\0', 8)
        end

        """#

    /// Sets an entry unless the key holds the same or a newer version.
    ///
    /// `KEYS`: the entry. `ARGV`: the envelope without its deadline, the copy's life and the content's remaining time in
    /// milliseconds (empty when it does not expire). Answers 1 when the entry was taken.
    static let offer = RedisScript(
        functions + #"""
            local new = ARGV[1]
            local old = redis.pcall('GETRANGE', KEYS[1], 0, 27)
            if ours(old, string.sub(new, 13, 20)) then
              local version, offered = string.sub(old, 5, 12), string.sub(new, 5, 12)
              if newer(version, offered) then return 0 end
              if version == offered and not floor_only(old) then return 0 end
            end
            if ARGV[3] ~= '' then
              local time = redis.call('TIME')
              local deadline = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[3])
              new = string.sub(new, 1, 1) .. string.char(string.byte(new, 2) + 2) .. string.sub(new, 3, 20)
                .. struct.pack('>I4I4', math.floor(deadline / 4294967296), deadline % 4294967296)
                .. string.sub(new, 21)
            end
            redis.call('SET', KEYS[1], new, 'PX', ARGV[2])
            return 1
            """#)

    /// Replaces an entry by the floor of its version, unless it is newer.
    ///
    /// `KEYS`: the entry. `ARGV`: the envelope of the floor, how long it stays in milliseconds.
    static let invalidate = RedisScript(
        functions + #"""
            local floor = ARGV[1]
            local old = redis.pcall('GETRANGE', KEYS[1], 0, 19)
            if ours(old, string.sub(floor, 13, 20)) and newer(string.sub(old, 5, 12), string.sub(floor, 5, 12)) then
              return 0
            end
            redis.call('SET', KEYS[1], floor, 'PX', ARGV[2])
            return 1
            """#)

    /// Raises the versions from which entries with a tag are valid.
    ///
    /// `KEYS`: the tag's record. `ARGV`: how long it stays in milliseconds, then a field and a version for each shard.
    static let invalidateTag = RedisScript(
        functions + #"""
            local kind = redis.call('TYPE', KEYS[1]).ok
            if kind ~= 'hash' and kind ~= 'none' then redis.call('UNLINK', KEYS[1]) end
            for i = 2, #ARGV, 2 do
              local old = redis.call('HGET', KEYS[1], ARGV[i])
              if not old or #old ~= 8 or newer(ARGV[i + 1], old) then redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
            end
            redis.call('PEXPIRE', KEYS[1], ARGV[1])
            return 1
            """#)
}
