local owner, fence, channel = unpack(ARGV)
if string.match(get(LEASE) or '', '^%d+ (.*)$') == owner .. ':' .. fence then
  redis.call('DEL', LEASE)
  redis.call('PUBLISH', channel, 'ended')
end
return 1
