// SPDX-License-Identifier: MIT
// Looks into a stream of frames, and makes one by hand.
//
//   printf '\x00\x00\x00\x02{}' | framecat decode
//   echo '{"header":{"type":"chat"},"text":"hello"}' | framecat encode | framecat decode --text
#include "framecat/decode.hpp"
#include "framecat/encode.hpp"
#include "support/command_line.hpp"

int main(int argc, char** argv) {
    command_line line("framecat", "Looks into a stream of frames, and makes one by hand.");

    command_line& decoding = line.add_command("decode", "shows the frames of a file or a pipe");
    framecat::decode_options decode_options;
    add_options(decoding, decode_options);

    command_line& encoding = line.add_command("encode", "makes frames of lines of JSON");
    framecat::encode_options encode_options;
    add_options(encoding, encode_options);

    return line.run(argc, argv, [&] {
        return encoding.chosen() ? encode(encode_options) : decode(decode_options);
    });
}
