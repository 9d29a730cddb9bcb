// SPDX-License-Identifier: MIT
// Looks into a stream of frames, and makes one by hand.
//
//   printf '\x00\x00\x00\x02{}' | framecat decode
//   echo '{"header":{"type":"chat"},"text":"hello"}' | framecat encode | framecat decode --text
//   framecat watch 127.0.0.1:7001 127.0.0.1:7000
#include "framecat/connect.hpp"
#include "framecat/decode.hpp"
#include "framecat/encode.hpp"
#include "framecat/listen.hpp"
#include "framecat/watch.hpp"
#include "support/command_line.hpp"

int main(int argc, char** argv) {
    command_line line("framecat", "Looks into a stream of frames, and makes one by hand.");

    command_line& decoding = line.add_command("decode", "shows the frames of a file or a pipe");
    framecat::decode_options decode_options;
    add_options(decoding, decode_options);

    command_line& encoding = line.add_command("encode", "makes frames of lines of JSON");
    framecat::encode_options encode_options;
    add_options(encoding, encode_options);

    command_line& connecting =
        line.add_command("connect", "speaks with a server: lines of JSON there, frames back");
    framecat::connect_options connect_options;
    add_options(connecting, connect_options);

    command_line& listening = line.add_command("listen", "is a server, and shows what comes");
    framecat::listen_options listen_options;
    add_options(listening, listen_options);

    command_line& watching =
        line.add_command("watch", "shows what clients and a server say, between which it stands");
    framecat::watch_options watch_options;
    add_options(watching, watch_options);

    line.add_example("framecat decode --text stream.bin", "read the frames of a file");
    line.add_example("framecat watch 127.0.0.1:7001 127.0.0.1:7000", "see what a server is told");
    return line.run(argc, argv, [&] {
        if (encoding.chosen()) return encode(encode_options);
        if (connecting.chosen()) return connect(connect_options);
        if (listening.chosen()) return listen(listen_options);
        if (watching.chosen()) return watch(watch_options);
        return decode(decode_options);
    });
}
