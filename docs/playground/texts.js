// SPDX-License-Identifier: MIT
// Every word of the page, in both languages. What stands between backticks is shown as code.

const en = {
  page_title: "Sticky packets, and their cure",
  tag: "Message framing over TCP",
  language: "Language",
  sentences: (all) => all.join(" "),

  // -- 1: the problem and the cure
  lesson_title: "You send messages. TCP delivers bytes.",
  lesson_lead:
    "Three calls of `send` below, one behind the other. Where one `recv` ends and the next one begins is up to the " +
    "network. **Drag the cuts** and see what becomes of the messages.",
  bare_ribbon: "The bytes of three messages, as TCP carries them",
  cut_hint: "Drag a cut, or move it by the arrow keys. Click between two bytes to cut there; Delete takes a cut away.",
  cut_hint_finger: "Drag a cut. Tap between two bytes to cut there; “One cut fewer” takes one away.",
  cut_buttons: "Cuts",
  more_cuts: "One more cut",
  fewer_cuts: "One cut fewer",
  random_cuts: "Cut at random",
  every_byte: "Byte by byte",
  cut_name: (n) => `Cut ${n}`,
  cut_value: (at, size, place) => `after byte ${at} of ${size}, ${place}`,
  place_border: "between two messages",
  place_message: (n) => `inside message ${n}`,
  place_part: (n, part) => `inside the ${part} of frame ${n}`,
  place_parts: (n, before, after) => `between ${before} and ${after} of frame ${n}`,
  place_unread: "in what is not read",
  message_name: (n) => `message ${n}`,
  bare_title: "What `recv` gives",
  bare_note: "A program that takes what each `recv` brings for one message:",
  cure_title: "What framing gives",
  cure_note: "The same text, cut at the same places, but sent in frames:",
  recv_name: (n, size) => `recv ${n}: ${size} ${size === 1 ? "byte" : "bytes"}`,
  whole: "whole, by luck",
  merged: "stuck together",
  split: "torn",
  merged_and_split: "stuck together, and torn",
  piece_all: (n) => `all of ${n}`,
  piece_start: (n) => `the beginning of ${n}`,
  piece_end: (n) => `the end of ${n}`,
  piece_middle: (n) => `the middle of ${n}`,
  list: (items) =>
    items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`,
  bare_score: (good, all) => `${good} of ${all} messages came out as they went in.`,
  cure_waits: (size) => `nothing whole yet; ${size} bytes are kept.`,
  cure_kept: (size) => `… and ${size} ${size === 1 ? "byte" : "bytes"} of the next are kept.`,
  cure_frame: (n) => `Message ${n}, whole:`,
  cure_score: (good, all) => `${good} of ${all} messages came out as they went in, in order.`,
  moral:
    "Each cut changes the left side. On the right it changes only **when** a message is there, never **what** it is. " +
    "That is all there is to sticky packets: a byte stream has no messages, so the bytes themselves must say where " +
    "one ends.",

  // -- 2: inside
  inside_title: "How a frame says where it ends",
  inside_text:
    "Four bytes of **length** count the **header**. The header is one JSON object; its `body_size` counts the " +
    "**body**. So a receiver knows at every byte what it still has to wait for. Change the messages, cut the stream, " +
    "and go through it one `recv` at a time.",
  messages: "Messages",
  header_label: (n) => `Header of message ${n}, JSON`,
  body_label: (n) => `Body of message ${n}`,
  header_column: "Header, JSON",
  body_column: "Body",
  add_message: "Add a message",
  remove_message: (n) => `Remove message ${n}`,
  format: "Format",
  format_standard: "standard",
  format_standard_text: "big-endian length, `body_size`",
  format_lesson: "lesson",
  format_lesson_text: "little-endian length, `data_size`",
  not_sent: (n) => `Message ${n} cannot be sent.`,
  pasted_source: (size) => `The stream is what you pasted: ${size} bytes.`,
  back_to_messages: "Back to the messages",
  framed_ribbon: "The stream",
  stream_text: (size, pieces) =>
    `${size} ${size === 1 ? "byte" : "bytes"} on the wire, in ${pieces} ${pieces === 1 ? "piece" : "pieces"}`,
  not_drawn: (size) => `${size} more bytes are read, but not drawn.`,
  part_length: "length",
  part_header: "header",
  part_body: "body",
  part_unread: "not read",
  part_bad: (part) => `✗ ${part}`,
  legend: "What the ribbon shows",
  legend_length: "length: how long the header is",
  legend_header: "header: JSON, with the body's size",
  legend_body: "body: yours",
  legend_pending: "has not come yet",
  steps: "Step by step",
  step_next: "Next recv",
  step_finish: "End of stream",
  step_back: "Back",
  step_play: "Play",
  step_pause: "Pause",
  step_reset: "Show all",
  step_overview: (recvs) =>
    `All of it, in ${recvs} ${recvs === 1 ? "call" : "calls"} of recv. Press “Next recv” to see them one by one.`,
  step_brings: (n, size) => `recv ${n} brings ${size} ${size === 1 ? "byte" : "bytes"}.`,
  step_frames: (numbers) =>
    numbers.length === 0 ? "No frame is whole." :
    `That makes ${numbers.length === 1 ? "frame" : "frames"} ${en.list(numbers.map(String))} whole.`,
  step_keeps: (size, what) => `${size} ${size === 1 ? "byte stays" : "bytes stay"} in the buffer: ${what}.`,
  step_empty: "Nothing is left over.",
  step_fault: "The stream is at fault, and ends here: nothing behind it is read.",
  step_ended: "The stream ends between two frames: a clean end.",
  step_broken: "The stream ends inside a frame.",
  kept_length: (had) => `${had} of the 4 bytes of a length`,
  kept_header: (had, of) => `a length, and ${had} of the ${of} bytes of its header`,
  kept_body: (had, of) => `a length, its header, and ${had} of the ${of} bytes of the body`,
  lane_recv: "recv brought",
  lane_buffer: "in the buffer",
  lane_frames: "whole frames",
  lane_nothing: "nothing",
  frame_name: (n) => `Frame ${n}`,
  no_body: "no body",
  more_frames: (count) => `${count} more ${count === 1 ? "frame is" : "frames are"} not shown.`,
  code_title: "The cure in code",
  code_note: "The same in C++, for each connection. What you see above is this, compiled for your browser.",

  // -- 3: what is this?
  paste_title: "What are these bytes?",
  paste_text:
    "Paste what you have: a hex dump (xxd, hexdump, od, tcpdump, Wireshark), Base64, a literal or a `struct.pack` " +
    "from Python, or plain text. You are told what it is and what is wrong with it. Nothing leaves this page.",
  paste_label: "Bytes, in any spelling",
  paste_kind: "Read it as",
  kind_auto: "what it looks like",
  kind_dump: "hex dump",
  kind_hex: "hexadecimal",
  kind_base64: "Base64",
  kind_python: "Python literal",
  kind_pack: "Python with struct.pack",
  kind_text: "text",
  examples: "Examples",
  example_dump: "hex dump",
  example_base64: "Base64",
  example_python: "Python literal",
  example_pack: "struct.pack('i', …)",
  example_counts_body: "length counts the body",
  example_no_size: "no body_size",
  example_cut_off: "cut off",
  example_http: "HTTP",
  example_tls: "TLS",
  example_ssh: "SSH",
  result_empty: "Paste something above, or take an example.",
  result_kind: (kind, size) => `${kind}, ${size} ${size === 1 ? "byte" : "bytes"}`,
  result_is: {
    dump: "A hex dump", hex: "Hexadecimal digits", base64: "Base64", python: "A Python literal",
    pack: "Python with struct.pack", text: "Text",
  },
  verdict_good: (frames, format) =>
    `${frames === 1 ? "One whole frame" : `${frames} whole frames`} in the format ${format}. Nothing is wrong.`,
  verdict_none: "No bytes, so no frame.",
  verdict_bad: (frames) =>
    frames === 0 ? "No frame: the very first one is at fault." :
    `${frames === 1 ? "One whole frame" : `${frames} whole frames`}, and then a fault.`,
  verdict_stranger: (who) => `Not a peer of ours: this is ${who}.`,
  verdict_little: "A peer that writes its length in little-endian order.",
  verdict_big: "A peer that writes its length in big-endian order, where little-endian was expected.",
  core_says: "The core says: ",
  number_offset: "at byte",
  number_frame: "frames before it",
  number_declared: "declared",
  number_limit: "limit",
  number_position: "good bytes",
  other_format: (format, frames) =>
    `Read in the format ${format} it is ${frames === 1 ? "one whole frame" : `${frames} whole frames`}:`,
  other_size_name: (format, names) =>
    `The format ${format} reads this length, but not the body: there its size is called ${names}.`,
  step_through: "Step through it",
  dump_words:
    "This was written by `hexdump` without `-C`, or `od -x`: words of 16 bits in little-endian order, so each pair " +
    "of bytes was swapped. They are put right here.",
  pack_native: ({ call, format }) =>
    `\`struct.${call}('${format}', …)\` works in the order of this machine, which is little-endian on all usual ` +
    `ones. The length is sent big-endian: write \`struct.${call}('!I', …)\`.`,
  pack_little: ({ call, format }) =>
    `\`struct.${call}('${format}', …)\` works in little-endian order. The length is sent big-endian: write ` +
    `\`struct.${call}('!I', …)\`.`,
  pack_good: ({ call, format }) => `\`struct.${call}('${format}', …)\` is right: four bytes, big-endian.`,
  pack_size: ({ call, format, size }) =>
    `\`struct.${call}('${format}', …)\` takes ${size} ${size === 1 ? "byte" : "bytes"}; a length has four.`,
  pack_other: ({ format }) => `\`'${format}'\` is not one number, and so no length.`,
  pack_unknown: ({ argument }) =>
    `What \`${argument}\` is cannot be known here. To have the bytes read that the program sends, paste those.`,
  dump_no_offset: ({ line }) => `Line ${line} of the dump begins with no offset.`,
  dump_offset: ({ line }) =>
    `Line ${line} of the dump does not go on where the one before it ends: a line is missing, or was changed.`,
  dump_digits: ({ line }) => `Line ${line} of the dump has something that is no pair of hex digits.`,
  hex_digit: ({ found }) => `“${found}” is no hex digit.`,
  hex_odd: ({ digits }) => `${digits} hex digits are no whole bytes: one is missing, or one too many.`,
  base64_letter: ({ found }) => `“${found}” is no letter of Base64.`,
  base64_length: ({ letters }) => `Base64 never has ${letters} letters: one is missing at least.`,
  python_open: ({ quote }) => `The literal does not end: its closing ${quote} is missing.`,
  python_none: "There is no literal in it, such as `b'\\x00\\x00\\x00\\x02{}'`.",
  too_long: ({ most }) => `That is more than ${most} bytes; framecat decode reads it.`,

  why_http: "It sends a request or an answer of HTTP. Its first four letters, taken for a length, are far too much. " +
    "Somebody pointed a browser, a health check or a scanner at this port.",
  why_tls: "The client begins with TLS, and the server expects frames as they are. Switch TLS on here, or off there.",
  why_ssh: "SSH greets with its version. This is the port of an SSH server, or its client came to the wrong one.",
  why_json: "The JSON begins at once. The four bytes of its length are missing before it.",
  why_little: (bytes, little, big) =>
    `The bytes ${bytes} are ${little} in little-endian order, which is what \`struct.pack('i', n)\` writes. ` +
    `Read as the format says, big-endian, they are ${big}. The sender should write \`struct.pack('!I', n)\`; ` +
    "if you cannot change it, read with the format `lesson`.",
  why_big: (bytes, little, big) =>
    `The bytes ${bytes} are ${big} in big-endian order; read as the lesson has it, little-endian, they are ` +
    `${little}. The format \`standard\` reads it.`,
  why_body_unannounced: (text) =>
    `Where the next length should be stands text: “${text}”. Most likely it is a body that the header before it did ` +
    "not announce: without `body_size` there is no body.",
  why_header_too_large: (declared, limit) =>
    `The length says ${declared} bytes of header; the limit is ${limit}. Either this is no length, or the limit ` +
    "`max_header_size` has to be higher.",
  why_empty_header: "The length says 0, but the shortest header is `{}`, two bytes.",
  why_counts_body: (position, declared) =>
    `The object is whole after ${position} bytes, but the length says ${declared}: it counts what stands behind the ` +
    "header, too. The length counts the header alone.",
  why_header_short: (declared) =>
    `After the ${declared} bytes that the length says the JSON is not over: the length is too small, or counts ` +
    "characters where it should count bytes.",
  why_invalid_header: (position, declared) =>
    `Of ${declared} bytes of header ${position} are good; what comes then is no strict JSON in UTF-8.`,
  why_header_too_deep: (depth, limit) => `The header nests ${depth} deep, and ${limit} is allowed.`,
  why_invalid_body_size:
    "The size of the body has to be one whole number from 0 to 2⁶⁴−1: no sign, fraction, exponent or quotes, and " +
    "not twice.",
  why_body_too_large: (declared, limit) =>
    `The header announces a body of ${declared} bytes; the limit is ${limit}. It is refused before anything is ` +
    "allocated for it.",
  why_truncated: (part, had, of) =>
    `The bytes end in the ${part}: ${had} of ${of} are there. The rest was cut off, or the sender counts too much.`,

  footer: (version, size) =>
    `Inside is the real core, include/framing ${version}, compiled to ${size} bytes of WebAssembly. The page is one ` +
    "file, loads nothing and sends nothing.",
};

const zh = {
  page_title: "粘包，以及解决办法",
  tag: "TCP 上的消息分帧",
  language: "语言",
  sentences: (all) => all.join(""),

  lesson_title: "你发送的是消息，TCP 送到的是字节。",
  lesson_lead:
    "下面是三次 `send`，首尾相接。一次 `recv` 到哪里为止、下一次从哪里开始，由网络说了算。**拖动切口**，看看消息会变成什么样。",
  bare_ribbon: "三条消息的字节，TCP 就这样传送",
  cut_hint: "拖动切口，或用方向键移动。点两个字节之间可以切一刀；Delete 键去掉一个切口。",
  cut_hint_finger: "拖动切口。轻点两个字节之间可以切一刀；“少切一刀”去掉一个。",
  cut_buttons: "切口",
  more_cuts: "多切一刀",
  fewer_cuts: "少切一刀",
  random_cuts: "随机切",
  every_byte: "逐字节切",
  cut_name: (n) => `切口 ${n}`,
  cut_value: (at, size, place) => `在第 ${at} 个字节之后，共 ${size} 个，${place}`,
  place_border: "在两条消息之间",
  place_message: (n) => `在消息 ${n} 中间`,
  place_part: (n, part) => `在第 ${n} 帧的${part}中间`,
  place_parts: (n, before, after) => `在第 ${n} 帧的${before}与${after}之间`,
  place_unread: "在未读取的部分",
  message_name: (n) => `消息 ${n}`,
  bare_title: "直接用 `recv` 得到的",
  bare_note: "程序把每次 `recv` 的结果当作一条消息：",
  cure_title: "分帧之后得到的",
  cure_note: "同样的文字，切在同样的地方，只是装进了帧里：",
  recv_name: (n, size) => `recv ${n}：${size} 字节`,
  whole: "碰巧完整",
  merged: "粘包",
  split: "半包",
  merged_and_split: "粘包加半包",
  piece_all: (n) => `${n} 的全部`,
  piece_start: (n) => `${n} 的开头`,
  piece_end: (n) => `${n} 的结尾`,
  piece_middle: (n) => `${n} 的中段`,
  list: (items) => items.join("、"),
  bare_score: (good, all) => `${all} 条消息中，${good} 条原样到达。`,
  cure_waits: (size) => `还没有完整的；先存着 ${size} 字节。`,
  cure_kept: (size) => `… 下一条的 ${size} 字节先存着。`,
  cure_frame: (n) => `消息 ${n}，完整：`,
  cure_score: (good, all) => `${all} 条消息中，${good} 条原样到达，顺序不变。`,
  moral:
    "左边随每个切口而变；右边变的只是消息**何时**到齐，内容**从不**改变。所谓粘包不过如此：字节流里没有消息，" +
    "所以要由字节自己说明一条消息到哪里为止。",

  inside_title: "一帧怎样说明自己到哪里为止",
  inside_text:
    "四个字节的**长度**说明**头部**有多长。头部是一个 JSON 对象，其中的 `body_size` 说明**正文**有多长。" +
    "于是接收方在任何一个字节处都知道还要等什么。改一改消息，切一切字节流，然后一次 `recv` 一次 `recv` 地走一遍。",
  messages: "消息",
  header_label: (n) => `消息 ${n} 的头部，JSON`,
  body_label: (n) => `消息 ${n} 的正文`,
  header_column: "头部，JSON",
  body_column: "正文",
  add_message: "添加一条消息",
  remove_message: (n) => `删除消息 ${n}`,
  format: "格式",
  format_standard: "standard",
  format_standard_text: "大端长度，`body_size`",
  format_lesson: "lesson",
  format_lesson_text: "小端长度，`data_size`",
  not_sent: (n) => `消息 ${n} 无法发送。`,
  pasted_source: (size) => `这段字节流是你粘贴的：${size} 字节。`,
  back_to_messages: "回到消息",
  framed_ribbon: "字节流",
  stream_text: (size, pieces) => `线上共 ${size} 字节，切成 ${pieces} 段`,
  not_drawn: (size) => `另有 ${size} 字节会读取，但没有画出来。`,
  part_length: "长度",
  part_header: "头部",
  part_body: "正文",
  part_unread: "未读取",
  part_bad: (part) => `✗ ${part}`,
  legend: "图例",
  legend_length: "长度：头部有多长",
  legend_header: "头部：JSON，含正文大小",
  legend_body: "正文：内容由你定",
  legend_pending: "尚未到达",
  steps: "逐步查看",
  step_next: "下一次 recv",
  step_finish: "流结束",
  step_back: "后退",
  step_play: "播放",
  step_pause: "暂停",
  step_reset: "显示全部",
  step_overview: (recvs) => `全部内容，共 ${recvs} 次 recv。点“下一次 recv”逐次查看。`,
  step_brings: (n, size) => `第 ${n} 次 recv 带来 ${size} 字节。`,
  step_frames: (numbers) =>
    numbers.length === 0 ? "还没有完整的帧。" : `于是第 ${zh.list(numbers.map(String))} 帧完整了。`,
  step_keeps: (size, what) => `缓冲区里留下 ${size} 字节：${what}。`,
  step_empty: "没有剩余。",
  step_fault: "字节流出错，到此为止：后面的都不再读取。",
  step_ended: "流在两帧之间结束：正常结束。",
  step_broken: "流在一帧中间结束。",
  kept_length: (had) => `长度 4 个字节中的 ${had} 个`,
  kept_header: (had, of) => `长度，以及头部 ${of} 个字节中的 ${had} 个`,
  kept_body: (had, of) => `长度、头部，以及正文 ${of} 个字节中的 ${had} 个`,
  lane_recv: "recv 带来",
  lane_buffer: "缓冲区里",
  lane_frames: "完整的帧",
  lane_nothing: "空",
  frame_name: (n) => `第 ${n} 帧`,
  no_body: "没有正文",
  more_frames: (count) => `另有 ${count} 帧没有显示。`,
  code_title: "写成代码",
  code_note: "C++ 里就是这几行，每个连接一份。上面运行的正是它，为浏览器编译。",

  paste_title: "这些字节是什么？",
  paste_text:
    "把手头的东西贴进来：十六进制转储（xxd、hexdump、od、tcpdump、Wireshark）、Base64、Python 的字节串字面量或 `struct.pack`，" +
    "或者纯文本。页面会告诉你这是什么、错在哪里。数据不会离开本页。",
  paste_label: "字节，怎么写都行",
  paste_kind: "当作",
  kind_auto: "自动判断",
  kind_dump: "十六进制转储",
  kind_hex: "十六进制数字",
  kind_base64: "Base64",
  kind_python: "Python 字面量",
  kind_pack: "Python 的 struct.pack",
  kind_text: "文本",
  examples: "例子",
  example_dump: "十六进制转储",
  example_base64: "Base64",
  example_python: "Python 字面量",
  example_pack: "struct.pack('i', …)",
  example_counts_body: "长度把正文也算上",
  example_no_size: "缺 body_size",
  example_cut_off: "被截断",
  example_http: "HTTP",
  example_tls: "TLS",
  example_ssh: "SSH",
  result_empty: "在上面粘贴，或选一个例子。",
  result_kind: (kind, size) => `${kind}，${size} 字节`,
  result_is: {
    dump: "十六进制转储", hex: "十六进制数字", base64: "Base64", python: "Python 字面量",
    pack: "带 struct.pack 的 Python", text: "文本",
  },
  verdict_good: (frames, format) => `${frames} 个完整的帧，格式 ${format}。没有问题。`,
  verdict_none: "没有字节，也就没有帧。",
  verdict_bad: (frames) => (frames === 0 ? "一帧也没有：第一帧就错了。" : `${frames} 个完整的帧，然后出错。`),
  verdict_stranger: (who) => `对方说的不是这种格式，而是 ${who}。`,
  verdict_little: "对方把长度写成了小端。",
  verdict_big: "对方把长度写成了大端，而这里应为小端。",
  core_says: "核心库的说法：",
  number_offset: "位置（字节）",
  number_frame: "之前的帧数",
  number_declared: "声明的值",
  number_limit: "上限",
  number_position: "正确的字节",
  other_format: (format, frames) => `按格式 ${format} 来读，是 ${frames} 个完整的帧：`,
  other_size_name: (format, names) => `格式 ${format} 读得懂这个长度，却读不到正文：在那里正文大小叫作 ${names}。`,
  step_through: "逐步走一遍",
  dump_words:
    "这是不带 `-C` 的 `hexdump`，或 `od -x` 写的：16 位的字按小端排列，每两个字节都对调了。这里已经调回来。",
  pack_native: ({ call, format }) =>
    `\`struct.${call}('${format}', …)\` 用本机字节序，常见的机器都是小端。长度要按大端发送：请写 ` +
    `\`struct.${call}('!I', …)\`。`,
  pack_little: ({ call, format }) =>
    `\`struct.${call}('${format}', …)\` 是小端。长度要按大端发送：请写 \`struct.${call}('!I', …)\`。`,
  pack_good: ({ call, format }) => `\`struct.${call}('${format}', …)\` 是对的：四个字节，大端。`,
  pack_size: ({ call, format, size }) => `\`struct.${call}('${format}', …)\` 用 ${size} 个字节，而长度是四个。`,
  pack_other: ({ format }) => `\`'${format}'\` 不是一个数，所以不是长度。`,
  pack_unknown: ({ argument }) => `这里无从知道 \`${argument}\` 是多少。要看程序发出的字节，请把那些字节贴进来。`,
  dump_no_offset: ({ line }) => `转储的第 ${line} 行开头没有偏移量。`,
  dump_offset: ({ line }) => `转储的第 ${line} 行与上一行接不上：少了一行，或者被改过。`,
  dump_digits: ({ line }) => `转储的第 ${line} 行里有不成对的十六进制数字。`,
  hex_digit: ({ found }) => `“${found}”不是十六进制数字。`,
  hex_odd: ({ digits }) => `${digits} 个十六进制数字凑不成整字节：少了一个，或多了一个。`,
  base64_letter: ({ found }) => `“${found}”不是 Base64 的字符。`,
  base64_length: ({ letters }) => `Base64 不会正好有 ${letters} 个字符：至少少了一个。`,
  python_open: ({ quote }) => `字面量没有结束：缺少右边的 ${quote}。`,
  python_none: "里面没有字面量，例如 `b'\\x00\\x00\\x00\\x02{}'`。",
  too_long: ({ most }) => `超过了 ${most} 字节；请用 framecat decode 来读。`,

  why_http: "对方发来的是 HTTP 请求或应答。它的前四个字母被当作长度，就大得离谱。有人把浏览器、健康检查或扫描器指到了这个端口。",
  why_tls: "对方一上来就是 TLS，而这边等的是不加密的帧。这边打开 TLS，或那边关掉。",
  why_ssh: "SSH 一开始先报版本。这是 SSH 服务器的端口，或者它的客户端走错了门。",
  why_json: "一上来就是 JSON，前面少了四个字节的长度。",
  why_little: (bytes, little, big) =>
    `字节 ${bytes} 按小端是 ${little}，\`struct.pack('i', n)\` 写出来就是这样；按格式规定的大端来读却是 ${big}。` +
    "发送方应写 `struct.pack('!I', n)`；改不了发送方时，用格式 `lesson` 来读。",
  why_big: (bytes, little, big) =>
    `字节 ${bytes} 按大端是 ${big}；按 lesson 的小端来读是 ${little}。用格式 \`standard\` 来读。`,
  why_body_unannounced: (text) =>
    `下一个长度该在的地方是一段文字：“${text}”。多半是前一个头部没有声明的正文：没有 \`body_size\` 就没有正文。`,
  why_header_too_large: (declared, limit) =>
    `长度说头部有 ${declared} 字节，上限是 ${limit}。要么这不是长度，要么应调高 \`max_header_size\`。`,
  why_empty_header: "长度说是 0，而最短的头部是 `{}`，两个字节。",
  why_counts_body: (position, declared) =>
    `对象到第 ${position} 个字节就完整了，长度却说有 ${declared} 个：它把头部后面的也算进去了。长度只计头部。`,
  why_header_short: (declared) =>
    `长度说头部有 ${declared} 字节，到那里 JSON 还没完：长度太小，或者数的是字符而不是字节。`,
  why_invalid_header: (position, declared) =>
    `头部的 ${declared} 个字节中，前 ${position} 个没有问题；接下来的不是严格的 UTF-8 JSON。`,
  why_header_too_deep: (depth, limit) => `头部嵌套了 ${depth} 层，最多允许 ${limit} 层。`,
  why_invalid_body_size: "正文大小必须是一个 0 到 2⁶⁴−1 的整数：不带符号、小数、指数或引号，也不能出现两次。",
  why_body_too_large: (declared, limit) =>
    `头部声明正文有 ${declared} 字节，上限是 ${limit}。在为它分配内存之前就被拒绝。`,
  why_truncated: (part, had, of) => `字节在${part}中间就没有了：${of} 个里只有 ${had} 个。剩下的被截掉了，或者发送方多算了。`,

  footer: (version, size) =>
    `里面是真正的核心库 include/framing ${version}，编译成 ${size} 字节的 WebAssembly。整个页面是一个文件，不加载也不发送任何东西。`,
};

export const texts = { en, zh };

/** The language that a browser asks for first, of those that are here. */
export function preferredLanguage(languages) {
  for (const language of languages) {
    const [primary] = language.toLowerCase().split("-");
    if (primary in texts) return primary;
  }
  return "en";
}
