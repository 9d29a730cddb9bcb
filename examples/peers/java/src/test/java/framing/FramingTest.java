// SPDX-License-Identifier: MIT
package framing;

import static java.nio.charset.StandardCharsets.UTF_8;

import framing.Framing.Body;
import framing.Framing.Code;
import framing.Framing.Connection;
import framing.Framing.Decoder;
import framing.Framing.Frame;
import framing.Framing.FramingException;
import framing.Framing.Header;
import framing.Framing.Limits;
import framing.Framing.Reassembler;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * The vectors of wire format 1, in every cut; and what encodes. It needs no library of tests.
 *
 * <pre>java -cp classes framing.FramingTest [FOLDER OF VECTORS]</pre>
 */
final class FramingTest {
  private interface Test {
    void run() throws Exception;
  }

  private FramingTest() {}

  public static void main(String[] arguments) throws Exception {
    Path vectors = Path.of(arguments.length > 0 ? arguments[0] : "../../../tests/vectors");
    Map<String, Test> tests = new LinkedHashMap<>();
    tests.put("every vector comes to what it says, however it is cut", () -> checkAll(vectors));
    tests.put("the size of the body comes first, and is left out if there is none", () -> sizes());
    tests.put("what a peer would refuse is not encoded", () -> refusals());
    tests.put("headers are written and read", () -> headers());
    tests.put("a body comes in pieces and is not held", () -> pieces());
    tests.put("an error is final", () -> finality());
    tests.put("a streamed body is held to its size", () -> streams());
    int failures = 0;
    for (Map.Entry<String, Test> test : tests.entrySet()) {
      try {
        test.getValue().run();
      } catch (Exception | AssertionError failure) {
        System.err.println(test.getKey() + ": FAILED");
        failure.printStackTrace();
        ++failures;
      }
    }
    System.out.printf("%d tests, %d failures%n", tests.size(), failures);
    System.exit(failures == 0 ? 0 : 1);
  }

  private static void equal(Object actual, Object expected, Object what) {
    if (!Objects.equals(actual, expected)) {
      throw new AssertionError(what + ": " + actual + " where " + expected + " is right");
    }
  }

  // -- Vectors

  /** Frames in hexadecimal, and the error. */
  private record Outcome(List<String> frames, FramingException error) {
    void add(Frame frame) {
      HexFormat hex = HexFormat.of();
      frames.add(hex.formatHex(frame.header().text()) + " " + hex.formatHex(frame.body()));
    }

    String numbers() {
      if (error == null) return "none";
      String numbers =
          "%s %s %s %s %s %s"
              .formatted(
                  error.part,
                  error.offset,
                  error.frame,
                  Long.toUnsignedString(error.declared),
                  Long.toUnsignedString(error.limit),
                  error.position);
      return numbers + " " + error.getMessage();
    }
  }

  private static byte[] bytesOf(Object piece) {
    if (piece instanceof String text) return text.getBytes(UTF_8);
    var bytes = new ByteArrayOutputStream();
    if (piece instanceof List<?> parts) {
      for (Object part : parts) bytes.writeBytes(bytesOf(part));
      return bytes.toByteArray();
    }
    Map<?, ?> members = (Map<?, ?>) piece;
    if (members.get("hex") instanceof String hex) {
      return HexFormat.of().parseHex(hex.replace(" ", ""));
    }
    if (members.containsKey("repeat")) {
      byte[] part = bytesOf(members.get("repeat"));
      for (long i = number(members.get("times")); i > 0; --i) bytes.writeBytes(part);
      return bytes.toByteArray();
    }
    return prefixed(bytesOf(members.get("header")));
  }

  private static byte[] prefixed(byte[] header) {
    return ByteBuffer.allocate(4 + header.length).putInt(header.length).put(header).array();
  }

  /** A number, or a string of one. */
  private static long number(Object value) {
    return Long.parseUnsignedLong(value.toString());
  }

  private static Limits limitsOf(Map<?, ?> vector) {
    Map<?, ?> given = vector.get("limits") instanceof Map<?, ?> limits ? limits : Map.of();
    long maxHeader = Limits.DEFAULT.maxHeaderSize();
    long maxBody = Limits.DEFAULT.maxBodySize();
    long maxDepth = Limits.DEFAULT.maxDepth();
    if (given.containsKey("max_header_size")) maxHeader = number(given.get("max_header_size"));
    if (given.containsKey("max_body_size")) maxBody = number(given.get("max_body_size"));
    if (given.containsKey("max_depth")) maxDepth = number(given.get("max_depth"));
    return new Limits(maxHeader, maxBody, (int) maxDepth);
  }

  /** Whole, byte by byte, at each place and at random ones; a long stream not everywhere. */
  private static List<int[]> waysToCut(int size) {
    List<int[]> ways = new ArrayList<>();
    ways.add(new int[] {});
    if (size <= 5000) ways.add(IntStream.range(0, size).toArray());
    if (size <= 100) IntStream.rangeClosed(0, size).forEach(cut -> ways.add(new int[] {cut}));
    Random random = new Random(size);
    for (int i = 0; i < 4; ++i) ways.add(random.ints(8, 0, size + 1).sorted().toArray());
    return ways;
  }

  private static Outcome outcomeOf(byte[] stream, int[] cuts, Limits limits) {
    Outcome outcome = new Outcome(new ArrayList<>(), null);
    Reassembler reassembler = new Reassembler(limits);
    try {
      int begin = 0;
      for (int i = 0; i <= cuts.length; ++i) {
        int end = i < cuts.length ? cuts[i] : stream.length;
        ByteBuffer chunk = ByteBuffer.wrap(Arrays.copyOfRange(stream, begin, end));
        for (Frame frame; (frame = reassembler.decode(chunk)) != null; ) outcome.add(frame);
        equal(chunk.remaining(), 0, "what is left");
        Arrays.fill(chunk.array(), (byte) 0xff); // nobody looks at it again
        begin = end;
      }
      reassembler.finish();
      return outcome;
    } catch (FramingException error) {
      return new Outcome(outcome.frames, error);
    }
  }

  private static void check(Map<?, ?> vector, Outcome outcome) {
    List<String> expected = new ArrayList<>();
    HexFormat hex = HexFormat.of();
    for (Object each : (List<?>) vector.get("frames")) {
      Map<?, ?> frame = (Map<?, ?>) each;
      byte[] body = frame.containsKey("body") ? bytesOf(frame.get("body")) : new byte[0];
      expected.add(hex.formatHex(bytesOf(frame.get("header"))) + " " + hex.formatHex(body));
    }
    equal(outcome.frames, expected, "frames");
    FramingException error = outcome.error;
    if (!(vector.get("error") instanceof Map<?, ?> fields)) {
      equal(error, null, "error");
      return;
    }
    if (error == null) throw new AssertionError("no error");
    fields.forEach(
        (field, value) -> {
          switch ((String) field) {
            case "code" -> equal(error.code.toString(), value, field);
            case "part" -> equal(error.part.toString(), value, field);
            case "offset" -> equal(error.offset, number(value), field);
            case "frame" -> equal(error.frame, number(value), field);
            case "declared" -> equal(error.declared, number(value), field);
            case "limit" -> equal(error.limit, number(value), field);
            case "position" -> equal(error.position, number(value), field);
            case "stranger" -> equal(error.getMessage().contains((String) value), true, field);
            default -> throw new AssertionError("no field " + field);
          }
        });
  }

  private static void checkAll(Path folder) throws IOException {
    List<Object> vectors = new ArrayList<>();
    try (var paths = Files.newDirectoryStream(folder, "*.json")) {
      for (Path path : paths) {
        Map<String, Object> file = new Header(Files.readAllBytes(path), 0).members();
        vectors.addAll((List<?>) file.get("vectors"));
      }
    }
    equal(vectors.isEmpty(), false, "no vectors");
    for (Object each : vectors) {
      Map<?, ?> vector = (Map<?, ?>) each;
      try {
        check(vector);
      } catch (AssertionError error) {
        throw new AssertionError(vector.get("name") + " (" + vector.get("why") + ")", error);
      }
    }
  }

  private static void check(Map<?, ?> vector) {
    Limits limits = limitsOf(vector);
    if (vector.containsKey("datagram")) {
      Outcome outcome = new Outcome(new ArrayList<>(), null);
      try {
        outcome.add(Framing.decodeDatagram(bytesOf(vector.get("datagram")), limits));
      } catch (FramingException error) {
        outcome = new Outcome(outcome.frames, error);
      }
      check(vector, outcome);
      return;
    }
    byte[] stream = bytesOf(vector.get("stream"));
    Outcome whole = outcomeOf(stream, new int[] {}, limits);
    check(vector, whole);
    for (int[] cuts : waysToCut(stream.length)) {
      Outcome outcome = outcomeOf(stream, cuts, limits);
      equal(outcome.frames, whole.frames, Arrays.toString(cuts));
      equal(outcome.numbers(), whole.numbers(), Arrays.toString(cuts));
    }
  }

  // -- What else there is

  private static String encoded(String header, String body) throws FramingException {
    byte[] frame = Framing.encode(header.getBytes(UTF_8), body.getBytes(UTF_8), Limits.DEFAULT);
    return new String(frame, UTF_8);
  }

  private static void sizes() throws FramingException {
    equal(encoded("{}", ""), "\0\0\0\2{}", "empty");
    equal(encoded("{ }", "hi"), "\0\0\0\17{\"body_size\":2}hi", "a body");
    equal(encoded(" {\"a\":\"中\"}", "hi"), "\0\0\0\31{\"body_size\":2,\"a\":\"中\"}hi", "a member");
    equal(encoded("{\"body_size\":2}", "hi"), "\0\0\0\17{\"body_size\":2}hi", "its own");
  }

  private static void refusals() {
    Map<String, Object> deep = Map.of();
    for (int i = 0; i < 64; ++i) deep = Map.of("a", deep);
    refused(Code.BODY_SIZE_MISMATCH, Map.of("body_size", 3), 2);
    refused(Code.INVALID_BODY_SIZE, Map.of("body_size", "2"), 2);
    refused(Code.INVALID_HEADER, Map.of("a", "\ud800"), 0);
    refused(Code.INVALID_HEADER, Map.of("a", Double.NaN), 0);
    refused(Code.HEADER_TOO_DEEP, deep, 0);
    refused(Code.HEADER_TOO_LARGE, Map.of("a", "x".repeat(65536)), 0);
    refused(Code.BODY_TOO_LARGE, Map.of(), (16 << 20) + 1);
  }

  private static void refused(Code code, Map<String, ?> header, int size) {
    try {
      Framing.encode(header, new byte[size], Limits.DEFAULT);
    } catch (FramingException error) {
      equal(error.code, code, "code");
      return;
    }
    throw new AssertionError(code + " is encoded");
  }

  private static void headers() throws FramingException {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("a", "\"\\\n\t\u0001\u007f中\ud83d\ude00");
    header.put("b", Arrays.asList(1L, -2L, null, true, List.of(), Map.of()));
    byte[] frame = Framing.encode(header, new byte[0], Limits.DEFAULT);
    equal(Framing.decodeDatagram(frame, Limits.DEFAULT).header().members(), header, "members");

    String text =
        " { \"a\" : \"\\ud83d\\ude00\\u4e2d\\/\\b\\f\\n\\r\\t\\\"\\\\\" , \"b\" : [ ] , \"b\" : 1e400,"
            + "\"c\":18446744073709551615,\"d\":"
            + "9".repeat(5000)
            + "}";
    byte[] datagram = prefixed(text.getBytes(UTF_8));
    Map<String, Object> members =
        Framing.decodeDatagram(datagram, Limits.DEFAULT).header().members();
    equal(members.get("a"), "\ud83d\ude00中/\b\f\n\r\t\"\\", "escapes");
    equal(members.get("b"), Double.POSITIVE_INFINITY, "the last one");
    equal(members.get("c").toString(), "18446744073709551615", "64 bits");
    equal(members.get("d"), Double.POSITIVE_INFINITY, "many digits");
  }

  private static void pieces() throws FramingException {
    Decoder decoder = new Decoder(new Limits(65536, -1, 64));
    byte[] head = prefixed("{\"body_size\":18446744073709551615}".getBytes(UTF_8));
    equal(((Header) decoder.decode(ByteBuffer.wrap(head))).bodySize(), -1L, "size");
    for (int i = 0; i < 100; ++i) {
      ByteBuffer chunk = ByteBuffer.allocate(1000);
      equal(((Body) decoder.decode(chunk)).data().remaining(), 1000, "a piece");
      equal(decoder.decode(chunk), null, "more");
    }
    try {
      decoder.finish();
    } catch (FramingException error) {
      equal(error.position, 100_000L, "position");
      return;
    }
    throw new AssertionError("it is not whole");
  }

  private static void finality() throws FramingException {
    byte[] good = Framing.encode(Map.of("a", 1), new byte[0], Limits.DEFAULT);
    Reassembler reassembler = new Reassembler(Limits.DEFAULT);
    reassembler.decode(ByteBuffer.wrap(good));
    for (byte[] input : List.of(new byte[4], good)) {
      try {
        reassembler.decode(ByteBuffer.wrap(input));
        throw new AssertionError("it goes on");
      } catch (FramingException error) {
        String expected = "empty_header: frame 1 at offset 11: the header length is 0";
        equal(error.getMessage(), expected, "message");
      }
    }
  }

  private static void streams() throws IOException {
    byte[] body = new byte[1_000_000];
    new Random(1).nextBytes(body);
    var wire = new ByteArrayOutputStream();
    var sender = new Connection(InputStream.nullInputStream(), wire, Limits.DEFAULT);
    sender.send(Map.of("n", 1), body.length, new ByteArrayInputStream(body));
    InputStream sent = new ByteArrayInputStream(wire.toByteArray());
    var receiver = new Connection(sent, OutputStream.nullOutputStream(), Limits.DEFAULT);
    Frame frame = receiver.receive();
    equal(Arrays.equals(frame.body(), body), true, "body");
    equal(receiver.receive(), null, "end");
    for (int wrong : List.of(999_999, 1_000_001)) {
      try {
        sender.send(Collections.emptyMap(), wrong, new ByteArrayInputStream(body));
        throw new AssertionError(wrong + " is not its size");
      } catch (FramingException error) {
        equal(error.code, Code.BODY_SIZE_MISMATCH, "code");
      }
    }
  }
}
