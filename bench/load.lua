-- Sends requests that are picked at random from a file. They are written out, so that picking is all
-- that is left to do.

local counter = 0

-- With a pause, requests do not follow answers at once: on each connection they come at random, on
-- average this many milliseconds apart.
local pause = tonumber(os.getenv("PAUSE"))
if pause > 0 then
  function delay()
    return math.floor(0.5 - pause * math.log(1 - math.random()))
  end
end

function setup(thread)
  counter = counter + 1
  thread:set("number", counter)
end

function init(arguments)
  math.randomseed(number * 7919)
  local file = assert(io.open(os.getenv("REQUESTS"), "rb"))
  local text = file:read("*a")
  file:close()
  requests = {}
  for request in text:gmatch("[^\30]+") do
    requests[#requests + 1] = request
  end
  count = #requests
end

function request()
  return requests[math.random(count)]
end

function done(summary, latency)
  local errors = summary.errors
  local failures = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("LOAD %d %d %d %d %d\n", summary.requests, summary.duration, failures,
    latency:percentile(50), latency:percentile(99)))
end
