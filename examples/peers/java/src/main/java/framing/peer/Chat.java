// SPDX-License-Identifier: MIT
package framing.peer;

import static java.nio.charset.StandardCharsets.UTF_8;

import framing.Framing;
import framing.Framing.Connection;
import framing.Framing.Frame;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;

/** A member of a chat room: lines of standard input are said, and what is said is printed. */
final class Chat {
  private static final byte[] NOTHING = {};
  private static final long ALIVE_MS = 30_000;

  private Chat() {}

  static int run(String address, String nick) throws IOException {
    try (Connection room = Connection.to(address)) {
      room.send(Map.of("type", "join", "nick", nick, "room", "lobby"), NOTHING);
      for (Frame message; (message = room.receive()) != null; ) {
        Map<String, Object> header = message.header().members();
        String text = Framing.visible(message.text());
        switch (member(header, "type")) {
          case "welcome" -> start(room);
          case "said" -> Main.out.println(member(header, "from") + ": " + text);
          case "joined" -> Main.out.println("* " + member(header, "nick") + " has joined");
          case "left" -> Main.out.println("* " + member(header, "nick") + " has left");
          case "error" -> Main.err.println(member(header, "code") + ": " + member(header, "message"));
          case "bye" -> {
            return 0;
          }
          default -> {}
        }
      }
    }
    throw new EOFException("the server has gone");
  }

  private static String member(Map<String, Object> header, String name) {
    return Framing.visible(String.valueOf(header.get(name)));
  }

  private static void start(Connection room) {
    Thread lines = new Thread(() -> sayLines(room));
    lines.setDaemon(true);
    lines.start();
    TimerTask keepAlive =
        new TimerTask() {
          @Override
          public void run() {
            try {
              room.send(Map.of(), NOTHING);
            } catch (IOException gone) {
              cancel(); // and who receives is told
            }
          }
        };
    new Timer(true).schedule(keepAlive, ALIVE_MS, ALIVE_MS);
  }

  private static void sayLines(Connection room) {
    try (var input = new BufferedReader(new InputStreamReader(System.in, UTF_8))) {
      for (String line; (line = input.readLine()) != null; ) {
        if (!line.isEmpty()) room.send(Map.of("type", "say"), line.getBytes(UTF_8));
      }
      room.send(Map.of("type", "quit"), NOTHING);
    } catch (IOException error) {
      Main.err.println("peer: " + error.getMessage());
    }
  }
}
