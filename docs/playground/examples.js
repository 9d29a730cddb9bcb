// SPDX-License-Identifier: MIT
// What can be pasted, for those who have nothing at hand.

/** By the names of texts.js. */
export const examples = {
  example_dump:
    `00000000: 0000 0016 7b22 626f 6479 5f73 697a 6522  ....{"body_size"
00000010: 3a35 2c22 6964 223a 317d 6865 6c6c 6f00  :5,"id":1}hello.
00000020: 0000 027b 7d                             ...{}
`,
  example_base64: "AAAAD3siYm9keV9zaXplIjo1fWhlbGxv",
  example_python: `b'\\x0f\\x00\\x00\\x00{"data_size":5}hello'`,
  example_pack: `sock.sendall(struct.pack('i', len(b'{"body_size":5}')) + b'{"body_size":5}' + b'hello')`,
  example_counts_body: `b'\\x00\\x00\\x00\\x14{"body_size":5}hello'`,
  example_no_size: `b'\\x00\\x00\\x00\\x0f{"type":"chat"}hello, world'`,
  example_cut_off: "00 00 00 0f 7b 22 62 6f 64 79 5f 73 69 7a 65 22 3a 35 7d 68 65",
  example_http: "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
  example_tls: "16 03 01 00 a5 01 00 00 a1 03 03 5f 3c 9a 11 0e",
  example_ssh: "SSH-2.0-OpenSSH_9.2p1\r\n",
};
