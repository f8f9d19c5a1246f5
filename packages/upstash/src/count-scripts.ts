/**
 * Counts a request of the day and in flight, or neither: -1 = the day is full, -2 = too many are in flight.
 * KEYS: the day's count, requests in flight by expiry. ARGV: now, limit a day or -1, end of the day, limit in flight or
 * -1, hold id, expiry. Times are milliseconds.
 * @returns {verdict, counted today, in flight}
 */
export const TAKE_COUNTS = `
local now, day, day_end, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local today = tonumber(redis.call('GET', KEYS[1]) or '0')
local running = redis.call('ZCARD', KEYS[2])
if redis.call('ZSCORE', KEYS[2], ARGV[5]) then return {1, today, running} end
if day >= 0 and today >= day then return {-1, today, running} end
if most >= 0 and running >= most then return {-2, today, running} end
if day >= 0 then
  today = redis.call('INCR', KEYS[1])
  redis.call('PEXPIREAT', KEYS[1], day_end + 3600000)
end
if most >= 0 then
  redis.call('ZADD', KEYS[2], ARGV[6], ARGV[5])
  redis.call('PEXPIREAT', KEYS[2], math.max(tonumber(ARGV[6]), now) + 3600000)
  running = running + 1
end
return {1, today, running}
`;

/** Ends a request. KEYS as above. ARGV: hold id, 1 = it was never made, so that its day has nothing of it. */
export const END_COUNTS = `
redis.call('ZREM', KEYS[2], ARGV[1])
if ARGV[2] == '1' and tonumber(redis.call('GET', KEYS[1]) or '0') > 0 then redis.call('DECR', KEYS[1]) end
return 1
`;
