// SPDX-License-Identifier: MIT
package framing.peer;

import static java.nio.charset.StandardCharsets.UTF_8;

import framing.Framing;
import framing.Framing.Connection;
import framing.Framing.Frame;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;

/** Both sides of an echo. */
final class Echo {
  private Echo() {}

  /** Sends words to an echo server and prints what comes back. */
  static int ask(String address, String[] words) throws IOException {
    if (words.length == 0) throw new IllegalArgumentException("no words");
    try (Connection server = Connection.to(address)) {
      int number = 0;
      for (String word : words) {
        server.send(Map.of("type", "word", "number", ++number), word.getBytes(UTF_8));
        Frame answer = server.receive();
        if (answer == null) throw new EOFException("the server has gone");
        Object returned = answer.header().members().get("number");
        Main.out.println(returned + ": " + Framing.visible(answer.text()));
      }
    }
    return 0;
  }

  /** Sends every frame back as it came. */
  static int serve(String address) throws IOException {
    int colon = address.lastIndexOf(':');
    int port = Integer.parseInt(address.substring(colon + 1));
    InetAddress host = InetAddress.getByName(address.substring(0, colon));
    try (ServerSocket server = new ServerSocket(port, 50, host)) {
      Main.out.println("listening on " + host.getHostAddress() + ":" + server.getLocalPort());
      while (true) {
        Socket client = server.accept();
        new Thread(() -> echo(client)).start();
      }
    }
  }

  private static void echo(Socket client) {
    try (Connection peer = new Connection(client)) {
      for (Frame frame; (frame = peer.receive()) != null; ) {
        peer.send(frame.header().text(), frame.body());
      }
    } catch (IOException error) {
      Main.err.println("peer: " + error.getMessage());
    }
  }
}
