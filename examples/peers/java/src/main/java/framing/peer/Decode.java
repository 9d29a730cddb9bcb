// SPDX-License-Identifier: MIT
package framing.peer;

import static java.nio.charset.StandardCharsets.UTF_8;

import framing.Framing;
import framing.Framing.Connection;
import framing.Framing.Frame;
import framing.Framing.FramingException;
import framing.Framing.Limits;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Base64;

/** Prints what framecat decode prints. */
final class Decode {
  private Decode() {}

  static int run(String[] options) throws IOException {
    OutputStream out = new BufferedOutputStream(Main.out);
    var stream = new Connection(System.in, OutputStream.nullOutputStream(), parse(options));
    try {
      for (Frame frame; (frame = stream.receive()) != null; ) {
        String header = new String(frame.header().text(), UTF_8).replaceAll("[\t\r\n]", " ");
        String line =
            "{\"header\":%s,\"body_size\":%d,\"body\":\"%s\"}\n"
                .formatted(
                    Framing.visible(header),
                    frame.body().length,
                    Base64.getEncoder().encodeToString(frame.body()));
        out.write(line.getBytes(UTF_8));
        if (stream.buffered() == 0) out.flush(); // before it waits for more
      }
    } catch (FramingException error) {
      String line = "{\"error\":\"%s\",\"offset\":%d}\n".formatted(error.code, error.offset);
      out.write(line.getBytes(UTF_8));
      out.flush();
      throw error;
    }
    out.flush();
    return 0;
  }

  private static Limits parse(String[] options) {
    long maxHeader = Limits.DEFAULT.maxHeaderSize();
    long maxBody = Limits.DEFAULT.maxBodySize();
    long maxDepth = Limits.DEFAULT.maxDepth();
    for (int i = 0; i < options.length; i += 2) {
      long number = Long.parseUnsignedLong(options[i + 1]);
      switch (options[i]) {
        case "--max-header" -> maxHeader = number < 0 ? Long.MAX_VALUE : number;
        case "--max-body" -> maxBody = number;
        case "--max-depth" -> maxDepth = number < 0 ? Long.MAX_VALUE : number;
        default -> throw new IllegalArgumentException(options[i]);
      }
    }
    return new Limits(maxHeader, maxBody, (int) Math.min(maxDepth, Integer.MAX_VALUE));
  }
}
