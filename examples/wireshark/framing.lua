-- SPDX-License-Identifier: MIT
-- Shows framing's frames in Wireshark and tshark: over TCP, UDP and TLS, in both formats.
--
--     tshark -X lua_script:framing.lua -r capture.pcapng
--
--     +---------------------+------------------------+-----------------+
--     | header length       | header                 | body            |
--     | 4 bytes, big-endian | one JSON object, UTF-8 | body_size bytes |
--     +---------------------+------------------------+-----------------+
--
-- The lesson's format has its length in little-endian order, and the size of the body under
-- data_size, file_size or total_size.

local framing = Proto("framing", "Framing: length, JSON header, body")
-- What a stream lacks shows only at its end, where TCP calls no dissector of what it carries.
local stream_end = Proto("framing.end", "Framing: end of a stream")

local PREFIX_SIZE = 4

local FORMATS = {
    standard = { name = "standard", little = false, size_keys = { body_size = true } },
    lesson = {
        name = "lesson",
        little = true,
        size_keys = { data_size = true, file_size = true, total_size = true },
    },
}

-- -- Preferences -----------------------------------------------------------------------------------

local prefs = framing.prefs
prefs.format = Pref.enum("Format", 0, "How frames say their two sizes: as programs here do, as those " ..
    "of the lesson do, or as the first bytes of a stream say", {
    { 1, "either", 0 },
    { 2, "standard", 1 },
    { 3, "lesson", 2 },
}, false)
prefs.ports = Pref.range("TCP and UDP ports", "", "Where all is taken for frames", 65535)
prefs.tls_ports = Pref.range("TLS ports", "", "Where all inside of TLS is taken for frames", 65535)
prefs.max_header_size = Pref.uint("Largest header", 64 * 1024, "In bytes")
prefs.max_body_size = Pref.uint("Largest body", 16 * 1024 * 1024, "In bytes; it is held whole")
prefs.max_depth = Pref.uint("Deepest header", 64, "In levels; its own object is the first")

-- -- Fields ----------------------------------------------------------------------------------------

local fields = {
    format = ProtoField.string("framing.format", "Format"),
    length = ProtoField.uint32("framing.length", "Header length"),
    header = ProtoField.string("framing.header", "Header", base.UNICODE),
    type = ProtoField.string("framing.type", "Type", base.UNICODE),
    id = ProtoField.string("framing.id", "Id", base.UNICODE),
    body_size = ProtoField.uint64("framing.body_size", "Body size"),
    body = ProtoField.bytes("framing.body", "Body"),
    fault = ProtoField.string("framing.fault", "Fault"),
    unread = ProtoField.bytes("framing.unread", "Unread"),
    command = ProtoField.string("framing.command", "Command"),
}
framing.fields = fields

local experts = {}
for _, code in ipairs({
    "empty_header", "header_too_large", "invalid_header", "header_too_deep", "invalid_body_size",
    "body_too_large", "truncated", "trailing_data",
}) do
    experts[code] = ProtoExpert.new("framing." .. code, code, expert.group.MALFORMED,
                                    expert.severity.ERROR)
end
framing.experts = experts

local tcp_stream = Field.new("tcp.stream")
local tcp_seq = Field.new("tcp.seq")
local tcp_len = Field.new("tcp.len")
local tcp_fin = Field.new("tcp.flags.fin")
local tcp_payload = Field.new("tcp.payload")
local tls_record = Field.new("tls.record.length")

-- -- The header ------------------------------------------------------------------------------------

-- Beyond ASCII: neither overlong forms, nor surrogates, nor anything above U+10FFFF.
local UTF8 = {
    "^[\194-\223][\128-\191]()",
    "^\224[\160-\191][\128-\191]()",
    "^[\225-\236\238\239][\128-\191][\128-\191]()",
    "^\237[\128-\159][\128-\191]()",
    "^\240[\144-\191][\128-\191][\128-\191]()",
    "^[\241-\243][\128-\191][\128-\191][\128-\191]()",
    "^\244[\128-\143][\128-\191][\128-\191]()",
}
-- A surrogate stands only in a pair, the high one first.
local ESCAPES = {
    '^\\["\\/bfnrt]()',
    "^\\u[0-9a-cA-CefEF]%x%x%x()",
    "^\\u[dD][0-7]%x%x()",
    "^\\u[dD][89abAB]%x%x\\u[dD][c-fC-F]%x%x()",
}
local LITERALS = { t = "^true()", f = "^false()", n = "^null()" }

local function match_any(patterns, text, at)
    for _, pattern in ipairs(patterns) do
        local behind = text:match(pattern, at)
        if behind then return behind end
    end
end

-- Each of these returns where the token that begins at `at` ends; or nil, and where it goes wrong.
local function string_end(text, at)
    at = at + 1
    while true do
        local special = text:find('["\\\0-\31\128-\255]', at)
        if not special then return nil, #text + 1 end
        local byte = text:byte(special)
        if byte == 34 then return special + 1 end
        at = match_any(byte == 92 and ESCAPES or UTF8, text, special)
        if not at then return nil, special end
    end
end

local function scalar_end(text, at)
    local literal = LITERALS[text:sub(at, at)]
    if literal then return text:match(literal, at), at end
    local behind = text:match("^%-?0()", at) or text:match("^%-?[1-9]%d*()", at)
    if not behind then return nil, at end
    behind = text:match("^%.%d+()", behind) or behind
    return text:match("^[eE][+-]?%d+()", behind) or behind
end

-- A key with its escapes read, as far as that matters: no name that is looked for has any but ASCII.
local function key_of(token)
    return (token:sub(2, -2):gsub("\\(.)(%x?%x?%x?%x?)", function(kind, digits)
        local code = kind == "u" and tonumber(digits, 16)
        return code and code < 128 and string.char(code) or "?"
    end))
end

local function set_of(...)
    local set = {}
    for _, kind in ipairs({ ... }) do set[kind] = true end
    return set
end
local OBJECT = set_of("{")
local VALUE = set_of("{", "[", '"', "scalar")
local VALUE_OR_END = set_of("{", "[", '"', "scalar", "]")
local KEY = set_of('"')
local KEY_OR_END = set_of('"', "}")
local COLON = set_of(":")
local MORE = { ["}"] = set_of(",", "}"), ["]"] = set_of(",", "]") }
local NOTHING = {}

-- Reads a header from token to token; never recurses, and looks at no byte twice.
--
-- Returns: its top-level members that matter, each the list of its values' first tokens; or nil,
-- the fault's code, how many bytes are good.
local function scan_header(text, max_depth, names)
    local members = {}
    local closers = {}
    local key, at_key = nil, false
    local wanted = OBJECT
    local at = 1
    while true do
        at = text:match("^[ \t\n\r]*()", at)
        if wanted == NOTHING then
            if at <= #text then return nil, "invalid_header", at - 1 end
            return members
        end
        local kind = text:sub(at, at)
        local behind, wrong = at + 1, at
        if kind == '"' then
            behind, wrong = string_end(text, at)
        elseif not kind:find("^[{}%[%],:]") then
            kind = "scalar"
            behind, wrong = scalar_end(text, at)
        end
        if not wanted[kind] then return nil, "invalid_header", at - 1 end
        if not behind then return nil, "invalid_header", wrong - 1 end
        local token = text:sub(at, behind - 1)
        if key and kind ~= ":" then
            if names[key] then
                members[key] = members[key] or {}
                table.insert(members[key], token)
            end
            key = nil
        end

        if kind == "{" or kind == "[" then
            if #closers == max_depth then return nil, "header_too_deep", at - 1 end
            at_key = kind == "{"
            table.insert(closers, at_key and "}" or "]")
            wanted = at_key and KEY_OR_END or VALUE_OR_END
        elseif kind == "," then
            at_key = closers[#closers] == "}"
            wanted = at_key and KEY or VALUE
        elseif kind == ":" then
            wanted = VALUE
        elseif kind == '"' and at_key then
            at_key = false
            if #closers == 1 then key = key_of(token) end
            wanted = COLON
        else -- the end of a value
            if kind == "}" or kind == "]" then table.remove(closers) end
            wanted = MORE[closers[#closers]] or NOTHING
            at_key = false
        end
        at = behind
    end
end

local LARGEST_SIZE = "18446744073709551615"

-- The size of a body as its decimal digits, which no number of Lua 5.2 holds; nil if it is none.
local function body_size_of(members, size_keys)
    local sizes = {}
    for key in pairs(size_keys) do
        for _, token in ipairs(members[key] or {}) do table.insert(sizes, token) end
    end
    if #sizes == 0 then return "0" end
    local size = sizes[1]
    if #sizes > 1 or not (size == "0" or size:find("^[1-9]%d*$")) or #size > #LARGEST_SIZE or
        (#size == #LARGEST_SIZE and size > LARGEST_SIZE) then
        return nil
    end
    return size
end

local function uint64_of(digits)
    local number = UInt64(0)
    for digit in digits:gmatch("%d") do number = number * 10 + tonumber(digit) end
    return number
end

-- -- A frame ---------------------------------------------------------------------------------------

-- Who opens with a length that is too large.
local HTTP = set_of("GET ", "HEAD", "POST", "PUT ", "DELE", "CONN", "OPTI", "TRAC", "PATC", "PRI ",
                    "HTTP")
local function stranger(opening, swapped, format)
    if HTTP[opening] then return ": the first bytes are HTTP" end
    if opening == "SSH-" then return ": the first bytes are SSH" end
    if opening:find("^[\21\22]\3[\0-\4]") then return ": the first bytes are TLS" end
    if swapped > 0 and swapped <= prefs.max_header_size then
        return string.format(": %.0f in %s order, which the format `%s` reads", swapped,
                             format.little and "big-endian" or "little-endian",
                             format.little and "standard" or "lesson")
    end
    return ""
end

local function read_length(tvb, offset, little)
    local range = tvb(offset, PREFIX_SIZE)
    return little and range:le_uint() or range:uint()
end

-- Text of a peer in which nothing acts on a terminal or changes its direction.
local function visible(text)
    local function escaped(bytes)
        return (bytes:gsub(".", function(byte) return string.format("\\x%02x", byte:byte()) end))
    end
    return (text:gsub("[\0-\31\127]", escaped)
        :gsub("\194[\128-\159]", escaped)
        :gsub("\216\156", escaped)
        :gsub("\226\128[\139-\143\168-\174]", escaped)
        :gsub("\226\129[\160-\175]", escaped)
        :gsub("\239\187\191", escaped))
end

local function last_of(members, key)
    local tokens = members[key]
    return tokens and tokens[#tokens]:gsub('^"(.*)"$', "%1")
end

-- What `size` bytes from `offset` on begin with.
--
-- Returns: a table. `part` is what it ends in or goes wrong in, `declared` that part's size, `needed`
-- how many bytes would show more, or make the frame whole; `code` and `why` are its fault.
local function look(tvb, offset, size, format)
    local frame = { part = "header length", declared = PREFIX_SIZE, needed = PREFIX_SIZE }
    local function fault(code, ...)
        frame.code, frame.why = code, string.format(...)
        return frame
    end
    if size < PREFIX_SIZE then return frame end

    local length = read_length(tvb, offset, format.little)
    frame.length = length
    if length == 0 then return fault("empty_header", "the header length is 0") end
    if length > prefs.max_header_size then
        return fault("header_too_large", "the header length is %.0f, above the limit of %.0f%s", length,
                     prefs.max_header_size,
                     stranger(tvb:raw(offset, PREFIX_SIZE), read_length(tvb, offset, not format.little),
                              format))
    end
    frame.part, frame.declared, frame.needed = "header", length, PREFIX_SIZE + length
    if size < frame.needed then return frame end

    local text = tvb:raw(offset + PREFIX_SIZE, length)
    frame.text = text
    local names = { type = true, id = true }
    for key in pairs(format.size_keys) do names[key] = true end
    local members, code, position = scan_header(text, prefs.max_depth, names)
    if code == "header_too_deep" then
        return fault(code, "the header nests %.0f deep, above the limit of %.0f, at its byte %.0f",
                     prefs.max_depth + 1, prefs.max_depth, position)
    elseif code then
        return fault(code, "the header is not one strict JSON object in UTF-8, at its byte %.0f of %.0f",
                     position, length)
    end
    frame.type, frame.id = last_of(members, "type"), last_of(members, "id")
    frame.is_json = true
    frame.body_size = body_size_of(members, format.size_keys)
    if not frame.body_size then
        return fault("invalid_body_size", "the size of the body is not one unsigned integer of 64 bits")
    end
    frame.part, frame.declared = "body", frame.body_size
    if tonumber(frame.body_size) > prefs.max_body_size then
        return fault("body_too_large", "the size of the body is %s, above the limit of %.0f",
                     frame.body_size, prefs.max_body_size)
    end
    frame.needed = PREFIX_SIZE + length + tonumber(frame.body_size)
    frame.is_whole = size >= frame.needed
    return frame
end

-- How far a frame that the input ended in had come.
local function why_truncated(frame, had)
    local before = frame.part == "header length" and 0 or
        frame.part == "header" and PREFIX_SIZE or PREFIX_SIZE + frame.length
    if not had then
        return string.format("the input ended in the %s, which has %s bytes", frame.part, frame.declared)
    end
    return string.format("the input ended in the %s, after %.0f of %s bytes", frame.part, had - before,
                         frame.declared)
end

-- -- The tree --------------------------------------------------------------------------------------

local json = Dissector.get("json")
-- Wireshark's own reader of JSON recurses, and says the path of each member.
local DEEPEST_TREE, LARGEST_TREE = 64, 8 * 1024
local MOST_TREES = 50 -- at once; each is a layer of the packet, which Wireshark gives 500

local function add_fault(tree, range, code, why)
    local text = code .. ": " .. why
    local item = range and tree:add(fields.fault, range, text) or tree:add(fields.fault, text)
    item:add_proto_expert_info(experts[code], text)
    return text
end

-- Adds what is there of a frame, `with_tree` its header as a tree, too.
--
-- Returns: its line for the info column.
local function show(tvb, offset, size, frame, format, pinfo, tree, with_tree)
    local shown = math.min(size, frame.needed)
    local item = tree:add(framing, tvb(offset, shown))
    item:add(fields.format, format.name):set_generated()
    local is_keep_alive = frame.body_size == "0" and frame.text:find("^%s*{%s*}%s*$")
    local line = frame.type and visible(frame.type) or is_keep_alive and "keep-alive" or "frame"
    if frame.id then line = line .. " id=" .. visible(frame.id) end
    if frame.length then
        local range = tvb(offset, PREFIX_SIZE)
        if format.little then
            item:add_le(fields.length, range)
        else
            item:add(fields.length, range)
        end
    end
    local behind_header = offset + PREFIX_SIZE + (frame.length or 0)
    if frame.text then
        local range = tvb(offset + PREFIX_SIZE, frame.length)
        local header = item:add_packet_field(fields.header, range, ENC_UTF_8)
        if frame.type then item:add(fields.type, range, frame.type, "Type: " .. visible(frame.type)) end
        if frame.id then item:add(fields.id, range, frame.id, "Id: " .. visible(frame.id)) end
        if frame.is_json then header:set_text("Header: " .. visible(frame.text)) end
        if frame.is_json and with_tree and prefs.max_depth <= DEEPEST_TREE and frame.length <= LARGEST_TREE then
            json:call(range:tvb(), pinfo, header)
        end
    end
    if frame.body_size then
        item:add(fields.body_size, uint64_of(frame.body_size)):set_generated()
        local there = math.min(offset + shown - behind_header, tonumber(frame.body_size))
        if there > 0 then item:add(fields.body, tvb(behind_header, there)) end
        if frame.body_size ~= "0" then line = line .. " +" .. frame.body_size end
    end
    if frame.code then
        line = add_fault(item, tvb(offset, shown), frame.code, frame.why)
    end
    item:append_text(": " .. line)
    return line
end

local PROTOCOL_COLUMN = "FRAMING"
local MOST_LINES = 8 -- of the frames of one segment, in the info column

local function set_columns(pinfo, lines)
    if #lines > MOST_LINES then
        local more = #lines - MOST_LINES
        lines = { table.unpack(lines, 1, MOST_LINES) }
        table.insert(lines, "and " .. more .. " more")
    end
    local text = table.concat(lines, ", ")
    -- A segment with the end of one frame and others behind it is looked at twice.
    if tostring(pinfo.cols.protocol) == PROTOCOL_COLUMN then text = ", " .. text end
    pinfo.cols.protocol = PROTOCOL_COLUMN
    pinfo.cols.info = text
    pinfo.cols.info:fence()
end

-- -- Streams and datagrams -------------------------------------------------------------------------

-- Each direction of a connection, as the first pass found it: its format; the packet with its fault;
-- the frame that it waits for; and the sequence number at which that, or the fault, starts, where it
-- is known. And, by packet, what lacked at an end.
local directions, ends = {}, {}

local function direction_key(source, port)
    local streams = { tcp_stream() }
    return string.format("%s %s %d", tostring(streams[#streams]), tostring(source), port)
end

local function direction_of(pinfo)
    return directions[direction_key(pinfo.src, pinfo.src_port)]
end

local function opposite_of(pinfo)
    return directions[direction_key(pinfo.dst, pinfo.dst_port)]
end

local function add_direction(pinfo)
    local direction = {}
    directions[direction_key(pinfo.src, pinfo.src_port)] = direction
    return direction
end

-- Which format the first bytes are in.
local function format_of(tvb)
    if prefs.format == 1 then return FORMATS.standard end
    if prefs.format == 2 then return FORMATS.lesson end
    local big, little = read_length(tvb, 0, false), read_length(tvb, 0, true)
    local is_lesson = big > prefs.max_header_size and little > 0 and little <= prefs.max_header_size
    return is_lesson and FORMATS.lesson or FORMATS.standard
end

local LONGEST_TOKEN = 12 -- but for strings and numbers, which can end anywhere

-- Whether a piece of a header is one as far as it goes.
local function is_promising(text, length)
    if not text:find('^{[ \t\r\n"}]') then return false end
    local members, code, position = scan_header(text, prefs.max_depth, {})
    return members ~= nil or (#text < length and code == "invalid_header" and
        #text - position < LONGEST_TOKEN)
end

local function looks_like_frames(tvb)
    if tvb:len() < PREFIX_SIZE + 2 then return false end
    local length = read_length(tvb, 0, format_of(tvb).little)
    if length < 2 or length > prefs.max_header_size then return false end
    return is_promising(tvb:raw(PREFIX_SIZE, math.min(length, tvb:len() - PREFIX_SIZE)), length)
end

-- The sequence number of what TCP itself hands on; nil of what was put together, which begins where
-- the frame that is waited for begins.
local function sequence_of(tvb)
    local seqs, payloads = { tcp_seq() }, { tcp_payload() }
    local seq, payload = seqs[#seqs], payloads[#payloads]
    if not seq or not payload or tvb:offset() < payload.offset or payload.offset == 0 then return nil end
    return seq.value + tvb:offset() - payload.offset
end

local MOST_AT_ONCE = 0x07ffffff -- 0x0ffffffe and 0x0fffffff have meanings of their own

-- Shows bytes that are no frames. Returns: how many.
local function show_all(tvb, pinfo, tree, field, line)
    tree:add(framing, tvb()):append_text(": " .. line):add_packet_field(field, tvb(), ENC_UTF_8)
    set_columns(pinfo, { line })
    return tvb:reported_len()
end

-- Whether this direction has the bare commands to which the other one has the lesson's answers.
local function has_commands(tvb, pinfo)
    local opposite = opposite_of(pinfo)
    return opposite and opposite.format == FORMATS.lesson and not looks_like_frames(tvb)
end

local function dissect_stream(tvb, pinfo, tree)
    local size = tvb:reported_len()
    local direction = direction_of(pinfo)
    if not direction then
        direction = add_direction(pinfo)
        direction.has_commands = has_commands(tvb, pinfo)
    end
    if direction.has_commands then return show_all(tvb, pinfo, tree, fields.command, "a command") end
    local sequence = sequence_of(tvb)
    if direction.faulty and (pinfo.number > direction.faulty or pinfo.number == direction.faulty and
        sequence and direction.start and sequence > direction.start) then
        return show_all(tvb, pinfo, tree, fields.unread, "behind a fault, unread")
    end
    if not direction.format and size >= PREFIX_SIZE then direction.format = format_of(tvb) end
    local format = direction.format or FORMATS.standard
    local start = sequence or direction.start

    local offset, lines = 0, {}
    while offset < size do
        local frame = look(tvb, offset, size - offset, format)
        if frame.code then
            table.insert(lines, show(tvb, offset, size - offset, frame, format, pinfo, tree, true))
            if not pinfo.visited then
                direction.faulty, direction.waiting = pinfo.number, nil
                direction.start = start and start + offset
            end
            offset = size
        elseif not frame.is_whole then
            if not pinfo.visited then
                direction.waiting, direction.start = frame, start and start + offset
            end
            pinfo.desegment_offset = offset
            pinfo.desegment_len = math.min(frame.needed - (size - offset), MOST_AT_ONCE)
            -- TLS loses the rest of a record in which a header ends that a body follows.
            if tls_record() and not frame.body_size then
                pinfo.desegment_len = DESEGMENT_ONE_MORE_SEGMENT
            end
            break
        else
            table.insert(lines, show(tvb, offset, size - offset, frame, format, pinfo, tree,
                                     #lines < MOST_TREES))
            offset = offset + frame.needed
            if not pinfo.visited then
                direction.waiting, direction.start = nil, start and start + offset
            end
        end
    end
    if #lines > 0 then set_columns(pinfo, lines) end
    return size
end

local function dissect_datagram(tvb, pinfo, tree)
    local size = tvb:reported_len()
    local format = size >= PREFIX_SIZE and format_of(tvb) or FORMATS.standard
    local frame = look(tvb, 0, size, format)
    if not frame.code and not frame.is_whole then
        frame.code, frame.why = "truncated", why_truncated(frame, size)
    elseif not frame.code and size > frame.needed then
        frame.code, frame.why = "trailing_data", string.format(
            "the datagram holds %.0f bytes, its frame only %.0f", size, frame.needed)
    end
    set_columns(pinfo, { show(tvb, 0, size, frame, format, pinfo, tree, true) })
    return size
end

local UDP = 3 -- of pinfo.port_type

function framing.dissector(tvb, pinfo, tree)
    if tvb:len() < tvb:reported_len() then
        return show_all(tvb, pinfo, tree, fields.unread, "cut off by the capture, unread")
    end
    if pinfo.port_type == UDP then return dissect_datagram(tvb, pinfo, tree) end
    return dissect_stream(tvb, pinfo, tree)
end

function stream_end.dissector(_, pinfo, tree)
    local fin = tcp_fin()
    if not fin or not fin.value then return end
    if not pinfo.visited then
        local direction = direction_of(pinfo)
        if direction and direction.waiting then
            local behind = tcp_seq().value + tcp_len().value
            local had = direction.start and behind - direction.start
            ends[pinfo.number] = why_truncated(direction.waiting, had)
            direction.waiting = nil
        end
    end
    local why = ends[pinfo.number]
    if why then
        local item = tree:add(framing)
        local text = add_fault(item, nil, "truncated", why)
        item:append_text(": " .. text)
        set_columns(pinfo, { text })
    end
end

function framing.init()
    directions, ends = {}, {}
end

-- -- Heuristics ------------------------------------------------------------------------------------

local function take_conversation(tvb, pinfo, tree)
    if not looks_like_frames(tvb) then return false end
    pinfo.conversation = framing
    framing.dissector(tvb, pinfo, tree)
    return true
end

framing:register_heuristic("tcp", take_conversation)
framing:register_heuristic("udp", take_conversation)
-- The conversation is TLS's, so that each piece is looked at anew; but once is enough.
framing:register_heuristic("tls", function(tvb, pinfo, tree)
    if not direction_of(pinfo) and not looks_like_frames(tvb) then return false end
    dissect_stream(tvb, pinfo, tree)
    return true
end)

-- -- Ports -----------------------------------------------------------------------------------------

local tables = {}
for _, name in ipairs({ "tcp.port", "udp.port", "tls.port" }) do
    tables[name] = DissectorTable.get(name)
    tables[name]:add_for_decode_as(framing)
end

local ports, tls_ports = "", ""
function framing.prefs_changed()
    tables["tcp.port"]:remove(ports, framing)
    tables["udp.port"]:remove(ports, framing)
    tables["tls.port"]:remove(tls_ports, framing)
    ports, tls_ports = prefs.ports, prefs.tls_ports
    tables["tcp.port"]:add(ports, framing)
    tables["udp.port"]:add(ports, framing)
    tables["tls.port"]:add(tls_ports, framing)
end

register_postdissector(stream_end)
