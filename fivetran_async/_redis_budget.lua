-- One step of a budget that many processes share: takes up what they have learnt, and lets one call go or says why not.
--
-- KEYS[1]  a hash: base, issued, ceiling, told_by, told_at, asked_at, tat, limit, gate:<class>
-- KEYS[2]  a sorted set: when the latest calls that keep to the pace are due, or were there, by their numbers
-- KEYS[3+] one sorted set of times for each class whose windows the call counts in, in the order of `windows`
-- ARGV[1]  JSON: told, gates, there, and, for a call, ask = {classes, windows, reserve, pace, burst, lookahead, ...}
--
-- All times are the server's own, in seconds. A call that is let go at a pace may have to wait `delay` seconds first.
-- Calls are numbered from the time at which the hash was made, so that no number comes again when it is lost.

local HOUR, MINUTE, KEPT, LONGEST = 3600, 60, 7200, 1e9

local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local said = cjson.decode(ARGV[1])
local state, paced = KEYS[1], KEYS[2]

local function read(field)
  return tonumber(redis.call('HGET', state, field) or nil)
end

local function write(field, value)
  redis.call('HSET', state, field, string.format('%.6f', value))
end

local function keep(key, seconds)
  if redis.call('TTL', key) < seconds then
    redis.call('EXPIRE', key, string.format('%d', math.min(seconds, LONGEST) + 1))
  end
end

if (read('asked_at') or 0) > now + MINUTE then
  -- The clock was set back: all that waits for a time would wait that much longer.
  local base, issued = read('base'), read('issued')
  redis.call('DEL', state, paced)
  write('base', base or 0)
  write('issued', issued or 0)
  keep(state, KEPT)
end

for _, gate in ipairs(said.gates) do
  local field, till = 'gate:' .. gate[1], now + gate[2]
  if till > (read(field) or 0) then
    write(field, till)
    keep(state, gate[2] + KEPT)
  end
end

for _, call in ipairs(said.there) do
  -- Only what is still kept: a call of before the set was lost says nothing.
  local number, at = string.format('%d', call[1]), now - call[2]
  local planned = redis.call('ZSCORE', paced, number)
  if planned and at > tonumber(planned) then
    redis.call('ZADD', paced, string.format('%.6f', at), number)
  end
end

local issued = read('issued')

local told = said.told
if told then
  local by, at = told.number, now - told.ago
  -- A number that was not given here is that of a hash that is lost: it says nothing about this one.
  local known = issued and by > (read('base') or 0) and by <= issued
  if known and (by >= (read('told_by') or 0) or now - (read('told_at') or 0) >= HOUR) then
    write('ceiling', told.remaining + by)
    write('told_by', by)
    write('told_at', at)
  end
  if told.limit then
    write('limit', told.limit)
    keep(state, KEPT)
  end
end

local ceiling, left = read('ceiling'), nil
if ceiling and now - (read('told_at') or 0) < HOUR then
  left = ceiling - issued
end
local hourly = read('limit')

-- What came through in an hour, of all processes: if it is more than an hour's calls, the limit means a shorter time.
local through, since = read('through') or 0, read('through_since') or 0
if now - since > HOUR or since > now then
  through = 0
  write('through_since', now)
end
through = through + said.through
if said.through > 0 then
  write('through', through)
  keep(state, KEPT)
end
local no_hour = hourly and through > hourly * 1.1

local function answer(verdict, seconds, third, why)
  local shown = left and string.format('%d', left) or ''
  local calls = hourly and string.format('%d', hourly) or ''
  return table.concat({ verdict, string.format('%.6f', seconds), third, why, shown, calls, no_hour and '1' or '' }, ' ')
end

local ask = said.ask
if not ask then
  return answer('told', 0, '', '')
end

local until_, kind, why = 0, '', ''
local function hold(till, what, reason)
  if till > now and till > until_ then
    until_, kind, why = till, what, reason
  end
end

for _, class in ipairs(ask.classes) do
  hold(read('gate:' .. class) or 0, 'gate', class)
end

for place, window in ipairs(ask.windows) do
  local key = KEYS[2 + place]
  redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.6f', now - HOUR - ask.margin))
  redis.call('ZREMRANGEBYSCORE', key, string.format('%.6f', now + MINUTE), '+inf')
  for _, limit in ipairs(window.limits) do
    local count, length = limit[1], limit[2] + ask.margin
    local from = string.format('(%.6f', now - length)
    local inside = redis.call('ZCOUNT', key, from, '+inf')
    if inside >= count then
      local first = redis.call('ZRANGEBYSCORE', key, from, '+inf', 'WITHSCORES', 'LIMIT', inside - count, 1)
      hold(tonumber(first[2]) + length, 'window', window.class .. ':' .. count .. ':' .. limit[2])
    end
  end
end

if left and left <= ask.reserve and not ask.short and not (no_hour and ask.pace and ask.reserve == 0) then
  local asked_at = read('asked_at') or 0
  if ask.reserve > 0 then
    hold(asked_at + MINUTE, 'quota', 'reserve')
  elseif (read('told_by') or 0) < issued then
    hold(asked_at + ask.again, 'quota', 'hour')
  end
end

local tat, slot
if ask.pace then
  local interval = 1 / ask.pace
  local ahead = (ask.burst - 1) * interval
  local furthest = now + ahead + ask.lookahead + interval
  tat = math.max(read('tat') or 0, now)
  if tat > furthest then
    -- No further off than calls of this pace can have put it: others may have gone at a slower one.
    tat = furthest
    write('tat', tat)
  end
  slot = math.max(now, tat - ahead)
  if ask.count then
    -- A call that went late must not meet, a second later, those that were planned to follow it in time.
    redis.call('ZREMRANGEBYSCORE', paced, string.format('%.6f', now + MINUTE), '+inf')
    redis.call('ZREMRANGEBYRANK', paced, 0, -2 * ask.count - 1)
    local first = redis.call('ZREVRANGE', paced, ask.count - 1, ask.count - 1, 'WITHSCORES')
    if first[2] then
      slot = math.max(slot, tonumber(first[2]) + ask.count * interval)
    end
  end
  if slot - now > ask.lookahead then
    hold(slot - ask.lookahead / 2, 'pace', '')
  end
  tat = math.max(tat, slot) + interval
end

if until_ > 0 then
  return answer('hold', until_ - now, kind, why)
end

if not issued then
  issued = math.floor(now * 1000)
  write('base', issued)
end
issued = issued + 1
left = left and left - 1
write('issued', issued)
write('asked_at', now)
if tat then
  write('tat', tat)
  if ask.count then
    redis.call('ZADD', paced, string.format('%.6f', slot), string.format('%d', issued))
    keep(paced, KEPT)
  end
end
keep(state, KEPT)
for place in ipairs(ask.windows) do
  redis.call('ZADD', KEYS[2 + place], string.format('%.6f', now), string.format('%d', issued))
  keep(KEYS[2 + place], KEPT)
end
return answer('go', slot and slot - now or 0, string.format('%d', issued), '')
