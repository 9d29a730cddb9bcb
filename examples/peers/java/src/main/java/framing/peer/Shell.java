// SPDX-License-Identifier: MIT
package framing.peer;

import framing.Framing;
import framing.Framing.Connection;
import framing.Framing.Frame;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Runs one command at a shell server, and exits as it does. */
final class Shell {
  private static final byte[] NOTHING = {};

  /** As POSIX has them. */
  private static final Map<String, Integer> SIGNALS =
      Map.of("HUP", 1, "INT", 2, "QUIT", 3, "ABRT", 6, "KILL", 9, "PIPE", 13, "TERM", 15);

  private Shell() {}

  static int run(String address, String tokenFile, String command) throws IOException {
    String token = Files.readString(Path.of(tokenFile)).strip();
    try (Connection server = Connection.to(address)) {
      server.send(Map.of("type", "auth", "token", token), NOTHING);
      server.send(Map.of("type", "exec", "id", 0, "command", command), NOTHING);
      server.send(Map.of("type", "stdin_close", "id", 0), NOTHING);
      for (Frame message; (message = server.receive()) != null; ) {
        Map<String, Object> header = message.header().members();
        switch (String.valueOf(header.get("type"))) {
          case "stdout" -> Main.out.write(message.body());
          case "stderr" -> Main.err.write(message.body());
          case "error" -> {
            if ("unknown_id".equals(header.get("code"))) break;
            Main.err.println("peer: " + Framing.visible(String.valueOf(header.get("code"))));
            return 1;
          }
          case "exit" -> {
            Main.out.flush();
            if (header.get("status") instanceof Long status) return status.intValue();
            return 128 + SIGNALS.getOrDefault(String.valueOf(header.get("signal")), 0);
          }
          default -> {}
        }
      }
    }
    throw new EOFException("the server has gone");
  }
}
