// SPDX-License-Identifier: MIT
package framing.peer;

import framing.Framing;
import framing.Framing.Frame;
import framing.Framing.Limits;
import framing.Framing.Reassembler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/** Prints how many frames of a chat it decodes and encodes in a second of processor time. */
final class Bench {
  private static final int COUNT = 500;
  private static final int CHUNK = 64 * 1024;
  private static final byte[] BODY = "x".repeat(64).getBytes();

  private interface Work {
    void run() throws IOException;
  }

  private Bench() {}

  static int run() throws IOException {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("type", "said");
    header.put("from", "alice");
    header.put("room", "lobby");
    header.put("seq", 4711);
    var stream = new ByteArrayOutputStream();
    for (int i = 0; i < COUNT; ++i) stream.write(Framing.encode(header, BODY, Limits.DEFAULT));

    byte[] bytes = stream.toByteArray();
    measure("decoded", () -> decodeAll(bytes));
    measure(
        "encoded",
        () -> {
          for (int i = 0; i < COUNT; ++i) Framing.encode(header, BODY, Limits.DEFAULT);
        });
    return 0;
  }

  private static void decodeAll(byte[] stream) throws IOException {
    var reassembler = new Reassembler(Limits.DEFAULT);
    for (int at = 0; at < stream.length; at += CHUNK) {
      ByteBuffer chunk = ByteBuffer.wrap(stream, at, Math.min(CHUNK, stream.length - at));
      for (Frame frame; (frame = reassembler.decode(chunk)) != null; ) {
        if (!"said".equals(frame.header().members().get("type"))) throw new IOException("lost");
      }
    }
  }

  private static void measure(String name, Work work) throws IOException {
    rate(work); // until it is compiled
    Main.out.printf("%.0f frames/s %s%n", rate(work), name);
  }

  private static double rate(Work work) throws IOException {
    int passes = 0;
    ThreadMXBean clock = ManagementFactory.getThreadMXBean();
    long started = clock.getCurrentThreadCpuTime();
    double seconds = 0;
    for (; seconds < 1; seconds = (clock.getCurrentThreadCpuTime() - started) / 1e9) {
      work.run();
      ++passes;
    }
    return passes * COUNT / seconds;
  }
}
