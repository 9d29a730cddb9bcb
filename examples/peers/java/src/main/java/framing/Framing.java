// SPDX-License-Identifier: MIT
package framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serial;
import java.math.BigInteger;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Frames with a JSON header and a body over TCP: a full peer, without a dependency.
 *
 * <pre>
 * +---------------------+------------------------+-----------------+
 * | header length       | header                 | body            |
 * | 4 bytes, big-endian | one JSON object, UTF-8 | body_size bytes |
 * +---------------------+------------------------+-----------------+
 * </pre>
 *
 * <pre>{@code
 * try (var peer = new Framing.Connection(new Socket("127.0.0.1", 4000))) {
 *   peer.send(Map.of("type", "word"), "hello".getBytes(UTF_8));
 *   Framing.Frame frame = peer.receive();
 * }
 * }</pre>
 *
 * {@link Decoder} does no I/O: it takes chunks of any size and gives headers and pieces of bodies;
 * {@link Reassembler} gives whole frames.
 */
public final class Framing {
  private static final int PREFIX_SIZE = 4;
  private static final int MOST_DEPTH = 1024;
  private static final int CHUNK = 64 * 1024;

  private Framing() {}

  /**
   * What a peer may announce. 0 means 0.
   *
   * @param maxBodySize an unsigned number
   */
  public record Limits(long maxHeaderSize, long maxBodySize, int maxDepth) {
    /** Those of the format. */
    public static final Limits DEFAULT = new Limits(64 << 10, 16 << 20, 64);

    public Limits {
      maxHeaderSize = Math.min(maxHeaderSize, 0xffff_ffffL);
      maxDepth = Math.min(maxDepth, MOST_DEPTH);
    }
  }

  /** What is wrong. */
  public enum Code {
    EMPTY_HEADER,
    HEADER_TOO_LARGE,
    INVALID_HEADER,
    HEADER_TOO_DEEP,
    INVALID_BODY_SIZE,
    BODY_TOO_LARGE,
    TRUNCATED,
    BODY_SIZE_MISMATCH,
    TRAILING_DATA;

    /** The name that goes over the wire. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A part of a frame. */
  public enum Part {
    LENGTH,
    HEADER,
    BODY;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What is wrong with a stream, with its numbers. It is final for the stream. */
  public static final class FramingException extends IOException {
    @Serial private static final long serialVersionUID = 1;

    /** What is wrong. */
    public final Code code;

    /** Where. */
    public final Part part;

    /** Bytes of the stream before the bad frame. */
    public final long offset;

    /** Frames before the bad one. */
    public final long frame;

    /** The size that the part was to have, or how deep it nests; an unsigned number. */
    public final long declared;

    /** What {@link #declared} is above. */
    public final long limit;

    /** Good bytes of the part. */
    public final long position;

    FramingException(Violation violation, Part part, long offset, long frame) {
      super(
          "%s: frame %d at offset %d: %s"
              .formatted(violation.code, frame, offset, violation.describe(part)));
      this.code = violation.code;
      this.part = part;
      this.offset = offset;
      this.frame = frame;
      this.declared = violation.declared;
      this.limit = violation.limit;
      this.position = violation.position;
    }
  }

  /** What is wrong with a part, wherever the part is. */
  private static final class Violation extends Exception {
    @Serial private static final long serialVersionUID = 1;
    final Code code;
    final long declared;
    final long limit;
    final long position;

    Violation(Code code, long declared, long limit, long position) {
      super(null, null, false, false);
      this.code = code;
      this.declared = declared;
      this.limit = limit;
      this.position = position;
    }

    String describe(Part part) {
      String size = Long.toUnsignedString(declared);
      String above = size + ", above the limit of " + Long.toUnsignedString(limit);
      return switch (code) {
        case EMPTY_HEADER -> "the header length is 0";
        case HEADER_TOO_LARGE -> "the header length is " + above + stranger((int) declared, limit);
        case INVALID_HEADER -> "the header is not one strict JSON object in UTF-8, at its byte "
            + "%d of %s".formatted(position, size);
        case HEADER_TOO_DEEP -> "the header nests %s deep, above the limit of %d, at its byte %d"
            .formatted(size, limit, position);
        case INVALID_BODY_SIZE -> "body_size is not one unsigned integer of 64 bits";
        case BODY_TOO_LARGE -> "body_size is " + above;
        case BODY_SIZE_MISMATCH -> "body_size differs from the size of the body";
        case TRAILING_DATA -> "the datagram holds %d bytes, its frame only %s"
            .formatted(position, size);
        case TRUNCATED -> "the input ended in the %s, after %d of %s bytes"
            .formatted(part == Part.LENGTH ? "header length" : part, position, size);
      };
    }
  }

  private static final Set<String> HTTP =
      Set.of(
          "GET ", "HEAD", "POST", "PUT ", "DELE", "CONN", "OPTI", "TRAC", "PATC", "PRI ", "HTTP");

  /** Who opens with a length that is above the limit: "", or ": " and who it is. */
  private static String stranger(int length, long limit) {
    byte[] bytes = ByteBuffer.allocate(PREFIX_SIZE).putInt(length).array();
    String opening = new String(bytes, ISO_8859_1);
    long swapped = Integer.toUnsignedLong(Integer.reverseBytes(length));
    String who;
    if (HTTP.contains(opening)) {
      who = "HTTP";
    } else if (opening.equals("SSH-")) {
      who = "SSH";
    } else if ((bytes[0] == 0x15 || bytes[0] == 0x16)
        && bytes[1] == 3
        && bytes[2] >= 0
        && bytes[2] <= 4) {
      who = "TLS";
    } else if (swapped <= limit) {
      return ": %d in little-endian order; the length is sent in network order, big-endian"
          .formatted(swapped);
    } else if (opening.startsWith("{")) {
      who = "JSON without a length before it";
    } else {
      return "";
    }
    return ": the bytes %s are %s".formatted(HexFormat.ofDelimiter(" ").formatHex(bytes), who);
  }

  /**
   * Judges a header. A byte behind the end reads as 0, which nothing allows. It never recurses, so
   * that no header can exhaust the stack.
   */
  private static final class Scanner {
    private static final byte[] BODY_SIZE = "body_size".getBytes(UTF_8);

    final byte[] text;
    int at;

    Scanner(byte[] text) {
      this.text = text;
    }

    /** Returns the size of the body; null where the header does not say it. */
    Long scan(int maxDepth) throws Violation {
      List<String> sizes = new ArrayList<>(1); // the values of body_size
      Deque<Byte> closers = new ArrayDeque<>(); // brackets that are to come, the innermost first
      skipSpace();
      if (peek() != '{') throw invalid();
      do {
        boolean sized = isIn('}', closers) && skipKey() && closers.size() == 1;
        int begin = at;
        boolean opens = peek() == '{' || peek() == '[';
        if (opens) {
          if (closers.size() == maxDepth) {
            throw new Violation(Code.HEADER_TOO_DEEP, maxDepth + 1L, maxDepth, at);
          }
          closers.push((byte) (text[at++] + 2)); // in ASCII the one that closes is two behind
          skipSpace();
        } else {
          skipScalar();
        }
        if (sized) sizes.add(new String(text, begin, at - begin, ISO_8859_1));
        if (!opens || isIn(peek(), closers)) endValues(closers);
      } while (!closers.isEmpty());
      if (at != text.length) throw invalid();
      return sizes.isEmpty() ? null : parseSize(sizes);
    }

    private Long parseSize(List<String> sizes) throws Violation {
      String size = sizes.get(0);
      if (sizes.size() == 1 && size.chars().allMatch(c -> c >= '0' && c <= '9')) {
        try {
          return Long.parseUnsignedLong(size);
        } catch (NumberFormatException tooLarge) {
          // as below
        }
      }
      throw new Violation(Code.INVALID_BODY_SIZE, text.length, 0, 0);
    }

    private static boolean isIn(int closer, Deque<Byte> closers) {
      return !closers.isEmpty() && closers.peek() == closer;
    }

    Violation invalid() {
      return new Violation(Code.INVALID_HEADER, text.length, 0, at);
    }

    int peek() {
      return peek(at);
    }

    private int peek(int where) {
      return where < text.length ? text[where] & 0xff : 0;
    }

    /** Skips a byte, if it comes next. */
    boolean take(int wanted) {
      if (peek() != wanted) return false;
      ++at;
      return true;
    }

    void need(int wanted) throws Violation {
      if (!take(wanted)) throw invalid();
    }

    void skipSpace() {
      while (take(' ') || take('\n') || take('\r') || take('\t')) {}
    }

    /** Closes what is closed behind a value, up to the comma before the next one. */
    private void endValues(Deque<Byte> closers) throws Violation {
      for (skipSpace(); !closers.isEmpty(); skipSpace()) {
        if (take(',')) {
          skipSpace();
          return;
        }
        need(closers.peek());
        closers.pop();
      }
    }

    /** Skips a key and its colon. Returns whether it is body_size. */
    private boolean skipKey() throws Violation {
      if (peek() != '"') throw invalid();
      int begin = at + 1;
      skipString();
      boolean isBodySize = spellsBodySize(begin, at - 1);
      skipSpace();
      need(':');
      skipSpace();
      return isBodySize;
    }

    /** Each letter as it is, or as an escape. */
    private boolean spellsBodySize(int from, int end) {
      for (byte letter : BODY_SIZE) {
        if (peek(from) == letter) {
          ++from;
        } else if (unitAt(from) == letter) {
          from += 6;
        } else {
          return false;
        }
      }
      return from == end;
    }

    void skipScalar() throws Violation {
      switch (peek()) {
        case '"' -> skipString();
        case 't' -> skipWord("true");
        case 'f' -> skipWord("false");
        case 'n' -> skipWord("null");
        default -> skipNumber();
      }
    }

    private void skipWord(String word) throws Violation {
      for (char c : word.toCharArray()) need(c);
    }

    private void skipNumber() throws Violation {
      take('-');
      if (!take('0')) skipDigits();
      if (take('.')) skipDigits();
      if (take('e') || take('E')) {
        if (!take('+')) take('-');
        skipDigits();
      }
    }

    private void skipDigits() throws Violation {
      int begin = at;
      while (peek() >= '0' && peek() <= '9') ++at;
      if (at == begin) throw invalid();
    }

    void skipString() throws Violation {
      for (++at; peek() != '"'; ) {
        int c = peek();
        if (c == '\\') skipEscape();
        else if (c >= 0x80) skipSequence(c);
        else if (c >= ' ') ++at;
        else throw invalid(); // a control character, or the end
      }
      ++at;
    }

    /** A surrogate stands only in a pair, the high one first. */
    private void skipEscape() throws Violation {
      int unit = unitAt(at);
      if (unit < 0) {
        if (peek(at + 1) == 0 || "\"\\/bfnrt".indexOf(peek(at + 1)) < 0) throw invalid();
        at += 2;
      } else if (!Character.isSurrogate((char) unit)) {
        at += 6;
      } else {
        int low = unitAt(at + 6);
        if (!Character.isHighSurrogate((char) unit)
            || low < 0
            || !Character.isLowSurrogate((char) low)) {
          throw invalid();
        }
        at += 12;
      }
    }

    /** Returns what an escape of four digits stands for; -1 where there is none. */
    int unitAt(int where) {
      if (peek(where) != '\\' || peek(where + 1) != 'u') return -1;
      int unit = 0;
      for (int i = 2; i < 6; ++i) {
        int c = peek(where + i);
        int digit = c < 0x80 ? Character.digit(c, 16) : -1;
        if (digit < 0) return -1;
        unit = unit << 4 | digit;
      }
      return unit;
    }

    /** UTF-8: neither overlong forms, nor surrogates, nor anything above U+10FFFF. */
    private void skipSequence(int lead) throws Violation {
      if (lead < 0xc2 || lead > 0xf4) throw invalid();
      int size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
      int least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
      int most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
      if (peek(at + 1) < least || peek(at + 1) > most) throw invalid();
      for (int i = 2; i < size; ++i) {
        if ((peek(at + i) & 0xc0) != 0x80) throw invalid();
      }
      at += size;
    }
  }

  /** JSON as Map, List, String, Boolean, null and Number: Long, BigInteger up to 20 digits, Double. */
  private static final class Json {
    private Json() {}

    /** The value that comes next in a text that was judged to be JSON. */
    static Object read(Scanner in) throws Violation {
      in.skipSpace();
      int begin = in.at;
      int first = in.peek();
      Object value =
          switch (first) {
            case '{' -> readObject(in);
            case '[' -> readArray(in);
            case '"' -> readString(in);
            default -> {
              in.skipScalar();
              yield scalar(first, new String(in.text, begin, in.at - begin, ISO_8859_1));
            }
          };
      in.skipSpace();
      return value;
    }

    private static Map<String, Object> readObject(Scanner in) throws Violation {
      Map<String, Object> members = new LinkedHashMap<>();
      in.need('{');
      for (in.skipSpace(); !in.take('}'); in.skipSpace()) {
        String key = readString(in);
        in.skipSpace();
        in.need(':');
        members.put(key, read(in)); // the last one wins
        in.take(',');
      }
      return members;
    }

    private static List<Object> readArray(Scanner in) throws Violation {
      List<Object> values = new ArrayList<>();
      in.need('[');
      for (in.skipSpace(); !in.take(']'); in.skipSpace()) {
        values.add(read(in));
        in.take(',');
      }
      return values;
    }

    private static Object scalar(int first, String text) {
      if (first == 'n') return null;
      if (first == 't' || first == 'f') return first == 't';
      boolean isInteger = text.chars().allMatch(c -> c == '-' || c >= '0' && c <= '9');
      if (!isInteger || text.length() > 21) return Double.valueOf(text);
      if (text.length() <= 18) return Long.valueOf(text);
      return new BigInteger(text);
    }

    private static String readString(Scanner in) throws Violation {
      int begin = in.at + 1;
      in.skipString();
      String raw = new String(in.text, begin, in.at - 1 - begin, UTF_8);
      if (raw.indexOf('\\') < 0) return raw;
      StringBuilder text = new StringBuilder(raw.length());
      for (int i = 0; i < raw.length(); ++i) {
        char c = raw.charAt(i);
        if (c == '\\') {
          c = raw.charAt(++i);
          if (c == 'u') {
            c = (char) Integer.parseInt(raw.substring(i + 1, i + 5), 16);
            i += 4;
          } else {
            int letter = "bfnrt".indexOf(c);
            if (letter >= 0) c = "\b\f\n\r\t".charAt(letter);
          }
        }
        text.append(c);
      }
      return text.toString();
    }

    static void write(Object value, StringBuilder out) {
      if (value instanceof Map<?, ?> members) {
        out.append('{');
        String comma = "";
        for (Map.Entry<?, ?> member : members.entrySet()) {
          out.append(comma);
          writeString((String) member.getKey(), out);
          out.append(':');
          write(member.getValue(), out);
          comma = ",";
        }
        out.append('}');
      } else if (value instanceof Iterable<?> values) {
        out.append('[');
        String comma = "";
        for (Object each : values) {
          out.append(comma);
          write(each, out);
          comma = ",";
        }
        out.append(']');
      } else if (value instanceof CharSequence text) {
        writeString(text, out);
      } else if (value == null || value instanceof Boolean || value instanceof Number) {
        out.append(value); // NaN is refused when the header is judged
      } else {
        throw new IllegalArgumentException(value.getClass() + " has no form in JSON");
      }
    }

    private static void writeString(CharSequence text, StringBuilder out) {
      out.append('"');
      text.codePoints()
          .forEach(
              c -> {
                boolean isHalf = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
                if (c == '"' || c == '\\') out.append('\\').append((char) c);
                else if (c < ' ' || isHalf) out.append("\\u%04x".formatted(c));
                else out.appendCodePoint(c);
              });
      out.append('"');
    }
  }

  /** What a decoder finds. */
  public sealed interface Event permits Header, Body, End {}

  /** The header of a frame: the text that came, and how large the body is, an unsigned number. */
  public record Header(byte[] text, long bodySize) implements Event {
    /**
     * The text, read: Map, List, String, Boolean, null, and of numbers Long, BigInteger or Double. Of
     * a key that is there twice the last one stands.
     */
    @SuppressWarnings("unchecked")
    public Map<String, Object> members() {
      try {
        return (Map<String, Object>) Json.read(new Scanner(text));
      } catch (Violation impossible) {
        throw new IllegalStateException("a decoder did not make this header", impossible);
      }
    }
  }

  /** A piece of a body: a view of the input. */
  public record Body(ByteBuffer data) implements Event {}

  /** The end of a frame. */
  public record End() implements Event {}

  /** A whole frame. */
  public record Frame(Header header, byte[] body) {
    /** The body as text; what is not UTF-8 is U+FFFD. */
    public String text() {
      return new String(body, UTF_8);
    }
  }

  /**
   * All of a frame but its body, which the caller sends behind it.
   *
   * @param header an object in JSON; it may have a body_size only if that is right
   */
  public static byte[] encodeHead(byte[] header, long bodySize, Limits limits)
      throws FramingException {
    Part part = Part.HEADER;
    try {
      Long said = new Scanner(header).scan(limits.maxDepth);
      byte[] text = said == null && bodySize != 0 ? withBodySize(header, bodySize) : header;
      if (text.length > limits.maxHeaderSize) {
        throw new Violation(Code.HEADER_TOO_LARGE, text.length, limits.maxHeaderSize, 0);
      }
      part = Part.BODY;
      if (said != null && said != bodySize) {
        throw new Violation(Code.BODY_SIZE_MISMATCH, bodySize, 0, 0);
      }
      if (Long.compareUnsigned(bodySize, limits.maxBodySize) > 0) {
        throw new Violation(Code.BODY_TOO_LARGE, bodySize, limits.maxBodySize, 0);
      }
      return ByteBuffer.allocate(PREFIX_SIZE + text.length).putInt(text.length).put(text).array();
    } catch (Violation violation) {
      throw new FramingException(violation, part, 0, 0);
    }
  }

  /** One frame. */
  public static byte[] encode(byte[] header, byte[] body, Limits limits) throws FramingException {
    byte[] head = encodeHead(header, body.length, limits);
    byte[] frame = Arrays.copyOf(head, head.length + body.length);
    System.arraycopy(body, 0, frame, head.length, body.length);
    return frame;
  }

  /** One frame, of what {@link Header#members} gives, or the like. */
  public static byte[] encode(Map<String, ?> header, byte[] body, Limits limits)
      throws FramingException {
    return encode(toJson(header), body, limits);
  }

  /** A header as text. */
  public static byte[] toJson(Map<String, ?> header) {
    StringBuilder text = new StringBuilder();
    Json.write(header, text);
    return text.toString().getBytes(UTF_8);
  }

  private static byte[] withBodySize(byte[] object, long size) {
    String members = new String(object, ISO_8859_1).stripLeading().substring(1).stripLeading();
    String comma = members.startsWith("}") ? "" : ",";
    String text = "{\"body_size\":" + Long.toUnsignedString(size) + comma + members;
    return text.getBytes(ISO_8859_1);
  }

  /** Takes a stream in chunks of any size; gives headers, and bodies in pieces as they come. */
  public static final class Decoder {
    private final Limits limits;
    private final ByteArrayOutputStream head = new ByteArrayOutputStream(); // what of it has come
    private FramingException error;
    private Part part = Part.LENGTH;
    private long size = PREFIX_SIZE; // of the part
    private long taken; // of the part
    private long headSize; // of length and header
    private long offset; // where the frame at hand starts
    private long frame; // how many came before it

    public Decoder(Limits limits) {
      this.limits = limits;
    }

    /**
     * The next event, which is taken from the input; null where it takes more input to know one: all
     * of this one is used then.
     *
     * @throws FramingException once all before it is read; and again, whatever the input is
     */
    public Event decode(ByteBuffer input) throws FramingException {
      if (error != null) throw error;
      try {
        if (part == Part.BODY) return decodeBody(input);
        if (part == Part.LENGTH) {
          if (!collect(input)) return null;
          expect(Part.HEADER, readLength());
        }
        if (!collect(input)) return null;
        return readHeader();
      } catch (Violation violation) {
        throw fail(violation);
      }
    }

    /**
     * Says that the stream has ended.
     *
     * @throws FramingException if that was inside a frame
     */
    public void finish() throws FramingException {
      if (error != null) throw error;
      if (part != Part.LENGTH || taken > 0) {
        throw fail(new Violation(Code.TRUNCATED, size, 0, taken));
      }
    }

    private void expect(Part part, long size) {
      this.part = part;
      this.size = size;
      this.taken = 0;
      head.reset();
    }

    /** Moves to the head what belongs there. Returns whether the part is whole. */
    private boolean collect(ByteBuffer input) {
      ByteBuffer data = take(input);
      byte[] bytes = new byte[data.remaining()];
      data.get(bytes);
      head.writeBytes(bytes);
      return taken == size;
    }

    /** A view of what of the input belongs to the part. */
    private ByteBuffer take(ByteBuffer input) {
      long left = size - taken;
      int n = input.remaining();
      if (Long.compareUnsigned(left, n) < 0) n = (int) left;
      ByteBuffer data = input.slice(input.position(), n);
      input.position(input.position() + n);
      taken += n;
      return data;
    }

    private long readLength() throws Violation {
      long length = Integer.toUnsignedLong(ByteBuffer.wrap(head.toByteArray()).getInt());
      if (length == 0) throw new Violation(Code.EMPTY_HEADER, 0, 0, 0);
      if (length > limits.maxHeaderSize) {
        throw new Violation(Code.HEADER_TOO_LARGE, length, limits.maxHeaderSize, 0);
      }
      return length;
    }

    private Header readHeader() throws Violation {
      byte[] text = head.toByteArray();
      Long said = new Scanner(text).scan(limits.maxDepth);
      long bodySize = said == null ? 0 : said;
      headSize = PREFIX_SIZE + text.length;
      expect(Part.BODY, bodySize);
      if (Long.compareUnsigned(bodySize, limits.maxBodySize) > 0) {
        throw new Violation(Code.BODY_TOO_LARGE, bodySize, limits.maxBodySize, 0);
      }
      return new Header(text, bodySize);
    }

    private Event decodeBody(ByteBuffer input) {
      if (taken == size) {
        offset += headSize + size;
        ++frame;
        expect(Part.LENGTH, PREFIX_SIZE);
        return new End();
      }
      return input.hasRemaining() ? new Body(take(input)) : null;
    }

    private FramingException fail(Violation violation) {
      error = new FramingException(violation, part, offset, frame);
      return error;
    }
  }

  /** Puts a frame together. What it holds grows with what has come, never with what was announced. */
  private static final class Assembly {
    private Header header;
    private ByteArrayOutputStream body = new ByteArrayOutputStream(0);

    /** Returns the frame that is whole now; null if none is. */
    Frame add(Event event) {
      if (event instanceof Header head) {
        header = head;
      } else if (event instanceof Body piece) {
        byte[] bytes = new byte[piece.data.remaining()];
        piece.data.get(bytes);
        body.writeBytes(bytes);
      } else {
        Frame frame = new Frame(header, body.toByteArray());
        body = new ByteArrayOutputStream(0);
        return frame;
      }
      return null;
    }
  }

  /** As {@link Decoder}, but it gives whole frames. */
  public static final class Reassembler {
    private final Decoder decoder;
    private final Assembly assembly = new Assembly();

    public Reassembler(Limits limits) {
      decoder = new Decoder(limits);
    }

    /** The next frame; null where it takes more input. See {@link Decoder#decode}. */
    public Frame decode(ByteBuffer input) throws FramingException {
      for (Event event; (event = decoder.decode(input)) != null; ) {
        Frame frame = assembly.add(event);
        if (frame != null) return frame;
      }
      return null;
    }

    /** See {@link Decoder#finish}. */
    public void finish() throws FramingException {
      decoder.finish();
    }
  }

  /** The frame that a datagram is, all of it. */
  public static Frame decodeDatagram(byte[] datagram, Limits limits) throws FramingException {
    ByteBuffer input = ByteBuffer.wrap(datagram);
    Reassembler reassembler = new Reassembler(limits);
    Frame frame = reassembler.decode(input);
    if (frame == null) {
      reassembler.finish();
      throw new FramingException(
          new Violation(Code.TRUNCATED, PREFIX_SIZE, 0, 0), Part.LENGTH, 0, 0);
    }
    if (input.hasRemaining()) {
      Violation trailing =
          new Violation(Code.TRAILING_DATA, input.position(), 0, datagram.length);
      throw new FramingException(trailing, Part.BODY, 0, 0);
    }
    return frame;
  }

  /**
   * Frames over streams that block. One thread may send while another receives; sending is
   * synchronized.
   */
  public static final class Connection implements Closeable {
    private final InputStream in;
    private final OutputStream out;
    private final Limits limits;
    private final Decoder decoder;
    private final ByteBuffer unread = ByteBuffer.allocate(CHUNK).limit(0);

    public Connection(InputStream in, OutputStream out, Limits limits) {
      this.in = in;
      this.out = out;
      this.limits = limits;
      this.decoder = new Decoder(limits);
    }

    public Connection(Socket socket) throws IOException {
      this(socket.getInputStream(), socket.getOutputStream(), Limits.DEFAULT);
    }

    /** Connects to "HOST:PORT". */
    public static Connection to(String address) throws IOException {
      int colon = address.lastIndexOf(':');
      int port = Integer.parseInt(address.substring(colon + 1));
      return new Connection(new Socket(address.substring(0, colon), port));
    }

    public void send(Map<String, ?> header, byte[] body) throws IOException {
      send(toJson(header), body);
    }

    /** Sends a header as it is, as {@link Header#text} came from elsewhere. */
    public synchronized void send(byte[] header, byte[] body) throws IOException {
      out.write(encode(header, body, limits));
      out.flush();
    }

    /**
     * Sends a body of which no more than a piece is held.
     *
     * @throws FramingException if it does not come to the size; the connection is of no further use
     *     then
     */
    public synchronized void send(Map<String, ?> header, long size, InputStream body)
        throws IOException {
      out.write(encodeHead(toJson(header), size, limits));
      byte[] piece = new byte[CHUNK];
      long left = size;
      for (int n; (n = body.read(piece)) >= 0; left -= n) {
        if (Long.compareUnsigned(n, left) > 0) throw mismatch(size);
        out.write(piece, 0, n);
      }
      if (left != 0) throw mismatch(size);
      out.flush();
    }

    private static FramingException mismatch(long size) {
      Violation violation = new Violation(Code.BODY_SIZE_MISMATCH, size, 0, 0);
      return new FramingException(violation, Part.BODY, 0, 0);
    }

    /**
     * The next header, piece of a body or end of a frame; null at the end of the stream. A piece holds
     * until the next call.
     */
    public Event receiveEvent() throws IOException {
      for (; ; ) {
        Event event = decoder.decode(unread);
        if (event != null) return event;
        int n = in.read(unread.array());
        if (n < 0) {
          decoder.finish();
          return null;
        }
        unread.position(0).limit(n);
      }
    }

    /** The next frame; null at the end of the stream. */
    public Frame receive() throws IOException {
      Assembly assembly = new Assembly();
      for (Event event; (event = receiveEvent()) != null; ) {
        Frame frame = assembly.add(event);
        if (frame != null) return frame;
      }
      return null;
    }

    /** How many bytes have come that are not read yet. */
    public int buffered() {
      return unread.remaining();
    }

    @Override
    public void close() throws IOException {
      out.close();
      in.close();
    }
  }

  /**
   * A text in which nothing acts on a terminal: controls, and what changes the direction of text, are
   * escaped as in JSON.
   */
  public static String visible(String text) {
    return text.codePoints().mapToObj(Framing::visible).collect(Collectors.joining());
  }

  private static String visible(int character) {
    int joiners = 0x200c; // and 0x200d, without which Persian and families of emoji fall apart
    boolean acts =
        switch (Character.getType(character)) {
          case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
          case Character.FORMAT -> character >> 1 != joiners >> 1;
          default -> false;
        };
    if (!acts) return Character.toString(character);
    if (character == '\n') return "\\n";
    if (character == '\t') return "\\t";
    return Character.toString(character)
        .chars()
        .mapToObj("\\u%04x"::formatted)
        .collect(Collectors.joining());
  }
}
