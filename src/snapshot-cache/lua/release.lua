local owner, fence, channel, message = unpack(ARGV)
if string.match(get(LEASE) or '', '^%d+ (.*)$') == owner .. ':' .. fence then
  redis.call('DEL', LEASE)
  redis.call('PUBLISH', channel, message)
end
return 1
