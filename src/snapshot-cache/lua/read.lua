header()
-- Rounded up, so that no copy seems younger than it is.
local asked = math.ceil(now_us / 1000)
local bytes = size()
if bytes > tonumber(ARGV[1]) then return { asked, bytes } end
return { asked, sane(SNAPSHOT, redis.pcall('GET', SNAPSHOT)) }
