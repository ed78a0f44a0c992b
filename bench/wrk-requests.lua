-- Sends requests as one caller after the other; prints the results as one line of JSON.
local requests, turn = {}, 0

init = function(tokens)
  for at, token in ipairs(tokens) do
    wrk.headers["Authorization"] = "Bearer " .. token
    requests[at] = wrk.format("GET")
  end
end

request = function()
  turn = turn % #requests + 1
  return requests[turn]
end

done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%f,"p50Ms":%f,"p99Ms":%f,"faults":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
