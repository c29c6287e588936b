-- One MCP session for each connection of wrk, each with one call at a time. wrk does not tell a script
-- which connection asks, so a session is taken from a queue and put back by its answer. Every answer is
-- checked: its id, and that the counter is one more than this session's last.
-- Arguments: file of session ids, tool, second tool (or the same), token.

local json = "application/json, text/event-stream"
local sessions, last, queue, sent = {}, {}, {}, 0
local first, behind = 1, 0
local head, body_of = nil, {}
wrong, first_wrong = 0, ""

local threads = {}
function setup(thread) table.insert(threads, thread) end

local function push(session)
  behind = behind + 1
  queue[behind] = session
end

function init(args)
  for line in io.lines(args[1]) do
    table.insert(sessions, line)
    push(#sessions)
  end
  head = "POST " .. wrk.path .. " HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port .. "\r\n"
    .. "Authorization: Bearer " .. args[4] .. "\r\nContent-Type: application/json\r\nAccept: " .. json
    .. "\r\nMCP-Protocol-Version: 2025-11-25\r\nMcp-Session-Id: "
  for number, tool in ipairs({ args[2], args[3] }) do
    body_of[number] = ',"method":"tools/call","params":{"name":"' .. tool .. '","arguments":{}}}'
  end
end

local verified = false

function request()
  local session = queue[first]
  -- wrk asks once to see what a request looks like, and does not send that one.
  if not verified then
    verified = true
    return head .. sessions[1] .. "\r\nContent-Length: 0\r\n\r\n"
  end
  if session == nil then
    wrong = wrong + 1
    first_wrong = first_wrong == "" and "no session is free" or first_wrong
    session = 1
  else
    queue[first] = nil
    first = first + 1
  end
  sent = sent + 1
  local body = '{"jsonrpc":"2.0","id":' .. string.format("%d", sent * 1000 + session)
    .. body_of[session % 2 + 1]
  return head .. sessions[session] .. "\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end

function response(status, headers, body)
  local id = tonumber(string.match(body, '"id":(%d+)'))
  local count = tonumber(string.match(body, '"text":"(%d+)"'))
  local session = id and id % 1000
  if status ~= 200 or not count or (last[session] and count ~= last[session] + 1) then
    wrong = wrong + 1
    if first_wrong == "" then first_wrong = status .. " " .. body end
  end
  if session then
    last[session] = count
    push(session)
  end
end

function done(summary, latency, requests)
  local wrongs, example = 0, ""
  for _, thread in ipairs(threads) do
    wrongs = wrongs + thread:get("wrong")
    if example == "" then example = thread:get("first_wrong") end
  end
  local errors = summary.errors
  io.write(string.format(
    "\nRESULT %d %d %d %d %d %d %s\n",
    summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.timeout, wrongs,
    string.sub(string.gsub(example, "%s+", " "), 1, 300)))
end
