// SPDX-License-Identifier: MIT

// Package framing reads and writes frames with a JSON header and a body over TCP, or over whatever
// else is an [io.Reader] and an [io.Writer].
//
//	+---------------------+------------------------+-----------------+
//	| header length       | header                 | body            |
//	| 4 bytes, big-endian | one JSON object, UTF-8 | body_size bytes |
//	+---------------------+------------------------+-----------------+
package framing

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

const (
	prefixSize = 4
	mostDepth  = 1024
	chunk      = 64 << 10
)

// Limits are what a peer may announce. 0 means 0.
type Limits struct {
	MaxHeaderSize uint32
	MaxBodySize   uint64
	MaxDepth      int
}

// DefaultLimits are those of the format.
var DefaultLimits = Limits{MaxHeaderSize: 64 << 10, MaxBodySize: 16 << 20, MaxDepth: 64}

// A Code says what is wrong with a frame: errors.Is(err, framing.Truncated).
type Code string

// The codes of the format.
const (
	EmptyHeader      Code = "empty_header"
	HeaderTooLarge   Code = "header_too_large"
	InvalidHeader    Code = "invalid_header"
	HeaderTooDeep    Code = "header_too_deep"
	InvalidBodySize  Code = "invalid_body_size"
	BodyTooLarge     Code = "body_too_large"
	Truncated        Code = "truncated"
	BodySizeMismatch Code = "body_size_mismatch"
	TrailingData     Code = "trailing_data"
)

func (c Code) Error() string { return string(c) }

// A Part is a part of a frame.
type Part string

// The parts of a frame.
const (
	PartLength Part = "length"
	PartHeader Part = "header"
	PartBody   Part = "body"
)

// An Error says what is wrong with a stream, with its numbers. It is final for the stream.
type Error struct {
	Code     Code
	Part     Part
	Offset   uint64 // bytes of the stream before the bad frame
	Frame    uint64 // frames before the bad one
	Declared uint64 // the size that the part was to have, or how deep it nests
	Limit    uint64 // what Declared is above
	Position uint64 // good bytes of the part
	Stranger string // who is talking, if not a peer of ours
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: frame %d at offset %d: %s", e.Code, e.Frame, e.Offset, e.describe())
}

// Unwrap returns the code.
func (e *Error) Unwrap() error { return e.Code }

func (e *Error) describe() string {
	switch e.Code {
	case EmptyHeader:
		return "the header length is 0"
	case HeaderTooLarge:
		text := fmt.Sprintf("the header length is %d, above the limit of %d", e.Declared, e.Limit)
		if e.Stranger != "" {
			text += ": " + e.Stranger
		}
		return text
	case InvalidHeader:
		return fmt.Sprintf("the header is not one strict JSON object in UTF-8, at its byte %d of %d",
			e.Position, e.Declared)
	case HeaderTooDeep:
		return fmt.Sprintf("the header nests %d deep, above the limit of %d, at its byte %d",
			e.Declared, e.Limit, e.Position)
	case InvalidBodySize:
		return "body_size is not one unsigned integer of 64 bits"
	case BodyTooLarge:
		return fmt.Sprintf("body_size is %d, above the limit of %d", e.Declared, e.Limit)
	case BodySizeMismatch:
		return "body_size differs from the size of the body"
	case TrailingData:
		return fmt.Sprintf("the datagram holds %d bytes, its frame only %d", e.Position, e.Declared)
	}
	part := string(e.Part)
	if e.Part == PartLength {
		part = "header length"
	}
	return fmt.Sprintf("the input ended in the %s, after %d of %d bytes",
		part, e.Position, e.Declared)
}

// stranger says who opens with a length that is above the limit.
func stranger(prefix []byte, limit uint32) string {
	who := ""
	switch opening := string(prefix); opening {
	case "GET ", "HEAD", "POST", "PUT ", "DELE", "CONN", "OPTI", "TRAC", "PATC", "PRI ", "HTTP":
		who = "HTTP"
	case "SSH-":
		who = "SSH"
	default:
		swapped := binary.LittleEndian.Uint32(prefix)
		switch {
		case (opening[0] == 0x15 || opening[0] == 0x16) && opening[1] == 3 && opening[2] <= 4:
			who = "TLS"
		case swapped <= limit:
			return fmt.Sprintf("%d in little-endian order; the length is sent in network order, "+
				"big-endian", swapped)
		case opening[0] == '{':
			who = "JSON without a length before it"
		default:
			return ""
		}
	}
	return fmt.Sprintf("the bytes % x are %s", prefix, who)
}

// A scanner judges a header, which encoding/json would be too lenient for: it replaces what is no
// UTF-8 and half a surrogate pair, and does not tell of a key that is there twice. It never
// recurses, so that no header can exhaust the stack.
type scanner struct {
	text     []byte
	maxDepth int
	at       int
	closers  []byte   // the brackets that are to come, the innermost last
	sizes    [][]byte // the values of body_size
}

// scanHeader returns the size of the body, and whether the header says it. The error has the code
// and the numbers that are about the header itself.
func scanHeader(text []byte, maxDepth int) (size uint64, said bool, violation *Error) {
	s := scanner{text: text, maxDepth: maxDepth}
	if violation := s.scan(); violation != nil {
		return 0, false, violation
	}
	if len(s.sizes) == 0 {
		return 0, false, nil
	}
	size, err := strconv.ParseUint(string(s.sizes[0]), 10, 64)
	if len(s.sizes) > 1 || err != nil {
		return 0, true, &Error{Code: InvalidBodySize, Declared: uint64(len(text))}
	}
	return size, true, nil
}

func (s *scanner) scan() *Error {
	s.skipSpace()
	if s.peek() != '{' {
		return s.invalid()
	}
	for {
		sized := false
		if n := len(s.closers); n > 0 && s.closers[n-1] == '}' {
			isBodySize, ok := s.skipKey()
			if !ok {
				return s.invalid()
			}
			sized = isBodySize && n == 1
		}
		begin := s.at
		opens := s.peek() == '{' || s.peek() == '['
		if opens && len(s.closers) == s.maxDepth {
			return &Error{Code: HeaderTooDeep, Declared: uint64(s.maxDepth + 1),
				Limit: uint64(s.maxDepth), Position: uint64(s.at)}
		}
		if opens {
			s.closers = append(s.closers, s.peek()+2) // in ASCII the one that closes is two behind
			s.at++
			s.skipSpace()
		} else if !s.skipScalar() {
			return s.invalid()
		}
		if sized {
			s.sizes = append(s.sizes, s.text[begin:s.at])
		}
		if opens && s.peek() != s.closers[len(s.closers)-1] {
			continue // to the first value in it
		}
		if !s.endValues() {
			return s.invalid()
		}
		if len(s.closers) == 0 {
			break
		}
	}
	if s.at != len(s.text) {
		return s.invalid()
	}
	return nil
}

func (s *scanner) invalid() *Error {
	return &Error{Code: InvalidHeader, Declared: uint64(len(s.text)), Position: uint64(s.at)}
}

// peek returns the next byte; at the end 0, which nothing allows.
func (s *scanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

// take skips one of these bytes, if it comes next.
func (s *scanner) take(these string) bool {
	for i := 0; i < len(these); i++ {
		if s.peek() == these[i] {
			s.at++
			return true
		}
	}
	return false
}

func (s *scanner) skipSpace() {
	for s.take(" \n\r\t") {
	}
}

// endValues closes what is closed behind a value, up to the comma before the next one.
func (s *scanner) endValues() bool {
	for s.skipSpace(); len(s.closers) > 0; s.skipSpace() {
		if s.take(",") {
			s.skipSpace()
			return true
		}
		last := len(s.closers) - 1
		if s.peek() != s.closers[last] {
			return false
		}
		s.at++
		s.closers = s.closers[:last]
	}
	return true
}

// skipKey skips a key and its colon.
func (s *scanner) skipKey() (isBodySize, ok bool) {
	begin := s.at
	if s.peek() != '"' || !s.skipString() {
		return false, false
	}
	isBodySize = spellsBodySize(s.text[begin+1 : s.at-1])
	s.skipSpace()
	if !s.take(":") {
		return false, false
	}
	s.skipSpace()
	return isBodySize, true
}

// spellsBodySize takes each letter as it is, or as an escape.
func spellsBodySize(key []byte) bool {
	for _, letter := range []byte("body_size") {
		if len(key) > 0 && key[0] == letter {
			key = key[1:]
		} else if unit, ok := unitOf(key); ok && unit == rune(letter) {
			key = key[6:]
		} else {
			return false
		}
	}
	return len(key) == 0
}

func (s *scanner) skipScalar() bool {
	switch s.peek() {
	case '"':
		return s.skipString()
	case 't':
		return s.skipWord("true")
	case 'f':
		return s.skipWord("false")
	case 'n':
		return s.skipWord("null")
	}
	return s.skipNumber()
}

func (s *scanner) skipWord(word string) bool {
	if !bytes.HasPrefix(s.text[s.at:], []byte(word)) {
		return false
	}
	s.at += len(word)
	return true
}

func (s *scanner) skipNumber() bool {
	s.take("-")
	if !s.take("0") && !s.skipDigits() {
		return false
	}
	if s.take(".") && !s.skipDigits() {
		return false
	}
	if s.take("eE") {
		s.take("+-")
		return s.skipDigits()
	}
	return true
}

func (s *scanner) skipDigits() bool {
	begin := s.at
	for '0' <= s.peek() && s.peek() <= '9' {
		s.at++
	}
	return s.at > begin
}

func (s *scanner) skipString() bool {
	for s.at++; ; {
		switch c := s.peek(); {
		case c == '"':
			s.at++
			return true
		case c == '\\':
			if !s.skipEscape() {
				return false
			}
		case c < ' ': // a control character, or the end
			return false
		case c < utf8.RuneSelf:
			s.at++
		default:
			_, size := utf8.DecodeRune(s.text[s.at:])
			if size == 1 {
				return false
			}
			s.at += size
		}
	}
}

// skipEscape lets a surrogate stand only in a pair, the high one first.
func (s *scanner) skipEscape() bool {
	unit, ok := unitOf(s.text[s.at:])
	switch {
	case !ok:
		s.at++
		return s.take(`"\/bfnrt`)
	case unit < 0xd800 || 0xdfff < unit:
		s.at += 6
		return true
	}
	low, ok := unitOf(s.text[s.at+6:])
	if unit >= 0xdc00 || !ok || low < 0xdc00 || 0xdfff < low {
		return false
	}
	s.at += 12
	return true
}

// unitOf returns what an escape \uXXXX stands for.
func unitOf(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	unit := rune(0)
	for _, c := range text[2:6] {
		switch {
		case '0' <= c && c <= '9':
			unit = unit<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			unit = unit<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return unit, true
}

// A Header is the header of a frame: the text that came, and how large the body is.
type Header struct {
	Text     json.RawMessage
	BodySize uint64
}

// Decode reads the header into v, as [json.Unmarshal] does; of a key that is there twice the last
// one stands.
func (h *Header) Decode(v any) error { return json.Unmarshal(h.Text, v) }

// A Frame is a whole frame.
type Frame struct {
	Header
	Body []byte
}

// A Reader reads the frames of a stream: Next goes to the next header, and Read then reads its
// body, up to [io.EOF]. Chunks may come as they like.
type Reader struct {
	in       *bufio.Reader
	limits   Limits
	err      error
	offset   uint64 // where the frame at hand starts
	frame    uint64 // how many came before it
	headSize uint64
	bodySize uint64
	taken    uint64 // of the body
	inBody   bool
}

// NewReader returns a Reader of what r gives.
func NewReader(r io.Reader, limits Limits) *Reader {
	return newReader(bufio.NewReaderSize(r, chunk), limits)
}

func newReader(in *bufio.Reader, limits Limits) *Reader {
	if limits.MaxDepth > mostDepth {
		limits.MaxDepth = mostDepth
	}
	return &Reader{in: in, limits: limits}
}

// Next skips what is left of the frame at hand, and reads the header of the next one. At the end of
// the stream it returns [io.EOF]; inside a frame that is an [*Error].
func (r *Reader) Next() (*Header, error) {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return nil, err
	}
	if r.err != nil {
		return nil, r.err
	}
	length, err := r.readLength()
	if err != nil {
		return nil, err
	}
	text, err := r.readAll(PartHeader, uint64(length))
	if err != nil {
		return nil, err
	}
	size, _, violation := scanHeader(text, r.limits.MaxDepth)
	if violation != nil {
		violation.Part = PartHeader
		return nil, r.fail(violation)
	}
	if size > r.limits.MaxBodySize {
		return nil, r.fail(&Error{Code: BodyTooLarge, Part: PartBody, Declared: size,
			Limit: r.limits.MaxBodySize})
	}
	r.headSize = prefixSize + uint64(length)
	r.bodySize = size
	r.taken = 0
	r.inBody = true
	r.endBody()
	return &Header{Text: text, BodySize: size}, nil
}

// Read reads of the body that the last header announced.
func (r *Reader) Read(p []byte) (int, error) {
	if r.err != nil && r.inBody {
		return 0, r.err
	}
	if !r.inBody {
		return 0, io.EOF
	}
	if left := r.bodySize - r.taken; uint64(len(p)) > left {
		p = p[:left]
	}
	n, err := r.in.Read(p)
	r.taken += uint64(n)
	r.endBody()
	if err != nil && r.inBody {
		return n, r.ended(err, PartBody, r.bodySize, r.taken)
	}
	return n, nil
}

// ReadFrame reads the next frame whole. What it holds grows with what has come, never with what was
// announced.
func (r *Reader) ReadFrame() (*Frame, error) {
	header, err := r.Next()
	if err != nil {
		return nil, err
	}
	frame := &Frame{Header: *header}
	if r.inBody {
		frame.Body, err = r.readAll(PartBody, r.bodySize)
		if err != nil {
			return nil, err
		}
		r.taken = r.bodySize
		r.endBody()
	}
	return frame, nil
}

// Buffered returns how many bytes have come that are not read yet.
func (r *Reader) Buffered() int { return r.in.Buffered() }

func (r *Reader) endBody() {
	if r.inBody && r.taken == r.bodySize {
		r.offset += r.headSize + r.bodySize
		r.frame++
		r.inBody = false
	}
}

func (r *Reader) readLength() (uint32, error) {
	prefix, err := r.in.Peek(prefixSize)
	if err != nil && len(prefix) == 0 {
		r.err = err
		return 0, err
	}
	if err != nil {
		return 0, r.ended(err, PartLength, prefixSize, uint64(len(prefix)))
	}
	length, limit := binary.BigEndian.Uint32(prefix), r.limits.MaxHeaderSize
	if length == 0 {
		return 0, r.fail(&Error{Code: EmptyHeader, Part: PartLength})
	}
	if length > limit {
		return 0, r.fail(&Error{Code: HeaderTooLarge, Part: PartLength, Declared: uint64(length),
			Limit: uint64(limit), Stranger: stranger(prefix, limit)})
	}
	_, err = r.in.Discard(prefixSize)
	return length, err
}

// readAll reads a part of a frame into memory that grows with what comes.
func (r *Reader) readAll(part Part, size uint64) ([]byte, error) {
	data := make([]byte, minimum(size, chunk))
	for had := 0; ; {
		n, err := io.ReadFull(r.in, data[had:])
		had += n
		if err != nil {
			return nil, r.ended(err, part, size, uint64(had))
		}
		if uint64(had) == size {
			return data, nil
		}
		grown := make([]byte, minimum(size, 2*uint64(had)))
		copy(grown, data)
		data = grown
	}
}

func minimum(a, b uint64) uint64 {
	if a < b {
		return a
	}
	return b
}

// ended returns what it means that the stream ended in a part, or could not be read.
func (r *Reader) ended(err error, part Part, size, had uint64) error {
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		r.err = err
		return err
	}
	return r.fail(&Error{Code: Truncated, Part: part, Declared: size, Position: had})
}

func (r *Reader) fail(e *Error) error {
	e.Offset, e.Frame = r.offset, r.frame
	r.err = e
	return e
}

// DecodeDatagram returns the frame that a datagram is, all of it.
func DecodeDatagram(datagram []byte, limits Limits) (*Frame, error) {
	frame, err := newReader(bufio.NewReader(bytes.NewReader(datagram)), limits).ReadFrame()
	if errors.Is(err, io.EOF) {
		return nil, &Error{Code: Truncated, Part: PartLength, Declared: prefixSize}
	}
	if err != nil {
		return nil, err
	}
	if size := prefixSize + len(frame.Text) + len(frame.Body); size != len(datagram) {
		return nil, &Error{Code: TrailingData, Part: PartBody, Declared: uint64(size),
			Position: uint64(len(datagram))}
	}
	return frame, nil
}

// AppendHead appends all of a frame but its body to dst. The header is what [json.Marshal] makes an
// object of; a [json.RawMessage] is sent as it is. It may have a body_size only if that is right.
func AppendHead(dst []byte, header any, bodySize uint64, limits Limits) ([]byte, error) {
	text, err := marshal(header)
	if err != nil {
		return dst, err
	}
	size, said, violation := scanHeader(text, int(minimum(uint64(limits.MaxDepth), mostDepth)))
	if violation != nil {
		violation.Part = PartHeader
		return dst, violation
	}
	if said && size != bodySize {
		return dst, &Error{Code: BodySizeMismatch, Part: PartBody, Declared: bodySize}
	}
	if !said && bodySize > 0 {
		text = withBodySize(text, bodySize)
	}
	if length := uint64(len(text)); length > uint64(limits.MaxHeaderSize) {
		return dst, &Error{Code: HeaderTooLarge, Part: PartHeader, Declared: length,
			Limit: uint64(limits.MaxHeaderSize)}
	}
	if bodySize > limits.MaxBodySize {
		return dst, &Error{Code: BodyTooLarge, Part: PartBody, Declared: bodySize,
			Limit: limits.MaxBodySize}
	}
	return append(binary.BigEndian.AppendUint32(dst, uint32(len(text))), text...), nil
}

// Append appends a frame to dst; see [AppendHead].
func Append(dst []byte, header any, body []byte, limits Limits) ([]byte, error) {
	dst, err := AppendHead(dst, header, uint64(len(body)), limits)
	if err != nil {
		return dst, err
	}
	return append(dst, body...), nil
}

func marshal(header any) ([]byte, error) {
	if text, ok := header.(json.RawMessage); ok {
		return text, nil
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(header)
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), err
}

// withBodySize adds the member to an object, as its first one.
func withBodySize(object []byte, size uint64) []byte {
	members := bytes.TrimLeft(bytes.TrimLeft(object, " \t\r\n")[1:], " \t\r\n")
	text := strconv.AppendUint([]byte(`{"body_size":`), size, 10)
	if members[0] != '}' {
		text = append(text, ',')
	}
	return append(text, members...)
}

// A Writer writes frames. WriteFrame writes one whole; WriteHeader writes a header, and Write then
// its body in pieces. It has no buffer, and is not for several goroutines at a time.
type Writer struct {
	out    io.Writer
	limits Limits
	size   uint64
	left   uint64
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer, limits Limits) *Writer { return &Writer{out: w, limits: limits} }

// WriteFrame writes a frame; see [AppendHead] for what the header may be.
func (w *Writer) WriteFrame(header any, body []byte) error {
	if err := w.Flush(); err != nil {
		return err
	}
	frame, err := Append(nil, header, body, w.limits)
	if err != nil {
		return err
	}
	_, err = w.out.Write(frame)
	return err
}

// WriteHeader writes all of a frame but its body.
func (w *Writer) WriteHeader(header any, bodySize uint64) error {
	if err := w.Flush(); err != nil {
		return err
	}
	head, err := AppendHead(nil, header, bodySize, w.limits)
	if err != nil {
		return err
	}
	w.size, w.left = bodySize, bodySize
	_, err = w.out.Write(head)
	return err
}

// Write writes a piece of the body that WriteHeader announced.
func (w *Writer) Write(p []byte) (int, error) {
	if uint64(len(p)) > w.left {
		return 0, w.mismatch()
	}
	n, err := w.out.Write(p)
	w.left -= uint64(n)
	return n, err
}

// Flush fails if the body is not whole yet.
func (w *Writer) Flush() error {
	if w.left > 0 {
		return w.mismatch()
	}
	return nil
}

func (w *Writer) mismatch() error {
	return &Error{Code: BodySizeMismatch, Part: PartBody, Declared: w.size}
}
