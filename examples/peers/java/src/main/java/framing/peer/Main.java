// SPDX-License-Identifier: MIT
package framing.peer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Arrays;

/**
 * Looks into streams of frames, and talks to our servers.
 *
 * <pre>java -cp framing.jar framing.peer.Main decode &lt; stream</pre>
 */
final class Main {
  /** In UTF-8, whatever the locale is. */
  static final PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, UTF_8);

  static final PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, UTF_8);

  private static final String USAGE =
      """
      usage: peer decode [--max-header N] [--max-body N] [--max-depth N]
             peer bench
             peer echo_client HOST:PORT WORD...
             peer echo_server HOST:PORT
             peer chat_client HOST:PORT NICK
             peer shell_client HOST:PORT TOKEN_FILE COMMAND""";

  private Main() {}

  public static void main(String[] arguments) {
    int status;
    try {
      status = run(arguments);
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException bad) {
      err.println(USAGE);
      status = 2;
    } catch (IOException error) {
      err.println("peer: " + error.getMessage());
      status = arguments[0].endsWith("_client") ? 255 : 1;
    }
    System.exit(status);
  }

  private static int run(String[] given) throws IOException {
    String[] rest = Arrays.copyOfRange(given, Math.min(1, given.length), given.length);
    return switch (given[0]) {
      case "decode" -> Decode.run(rest);
      case "bench" -> Bench.run();
      case "echo_client" -> Echo.ask(rest[0], Arrays.copyOfRange(rest, 1, rest.length));
      case "echo_server" -> Echo.serve(rest[0]);
      case "chat_client" -> Chat.run(rest[0], rest[1]);
      case "shell_client" -> Shell.run(rest[0], rest[1], rest[2]);
      default -> throw new IllegalArgumentException(given[0]);
    };
  }
}
