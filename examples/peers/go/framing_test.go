// SPDX-License-Identifier: MIT

package framing

// The vectors of wire format 1, in every cut; and what encodes. FRAMING_VECTORS names another folder
// of vectors.

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"testing"
)

// A piece stands for bytes; see tests/vectors/README.md.
type piece []byte

func (p *piece) UnmarshalJSON(text []byte) error {
	switch text[0] {
	case '"':
		var s string
		err := json.Unmarshal(text, &s)
		*p = piece(s)
		return err
	case '[':
		var parts []piece
		err := json.Unmarshal(text, &parts)
		for _, part := range parts {
			*p = append(*p, part...)
		}
		return err
	}
	var of struct {
		Hex            *string
		Repeat, Header *piece
		Times          int
	}
	if err := json.Unmarshal(text, &of); err != nil {
		return err
	}
	var err error
	switch {
	case of.Hex != nil:
		*p, err = hex.DecodeString(strings.ReplaceAll(*of.Hex, " ", ""))
	case of.Repeat != nil:
		*p = bytes.Repeat(*of.Repeat, of.Times)
	default:
		*p = append(binary.BigEndian.AppendUint32(nil, uint32(len(*of.Header))), *of.Header...)
	}
	return err
}

// A number is one, or a string of one.
type number uint64

func (n *number) UnmarshalJSON(text []byte) error {
	value, err := strconv.ParseUint(strings.Trim(string(text), `"`), 10, 64)
	*n = number(value)
	return err
}

type vector struct {
	Name, Why string
	Limits    struct {
		MaxHeaderSize *number `json:"max_header_size"`
		MaxBodySize   *number `json:"max_body_size"`
		MaxDepth      *number `json:"max_depth"`
	}
	Stream, Datagram *piece
	Frames           []struct{ Header, Body piece }
	Error            *struct {
		Code                                     Code
		Part                                     Part
		Offset, Frame, Declared, Limit, Position *number
		Stranger                                 string
	}
}

func (v *vector) limits() Limits {
	limits := DefaultLimits
	if n := v.Limits.MaxHeaderSize; n != nil {
		limits.MaxHeaderSize = uint32(minimum(uint64(*n), math.MaxUint32))
	}
	if n := v.Limits.MaxBodySize; n != nil {
		limits.MaxBodySize = uint64(*n)
	}
	if n := v.Limits.MaxDepth; n != nil {
		limits.MaxDepth = int(*n)
	}
	return limits
}

// check compares a result with what the vector says.
func (v *vector) check(frames []*Frame, err error) error {
	if len(frames) != len(v.Frames) {
		return fmt.Errorf("%d frames, %w", len(frames), err)
	}
	for i, frame := range frames {
		if !bytes.Equal(frame.Text, v.Frames[i].Header) || !bytes.Equal(frame.Body, v.Frames[i].Body) {
			return fmt.Errorf("frame %d: %s %x", i, frame.Text, frame.Body)
		}
	}
	var got *Error
	if !errors.As(err, &got) || v.Error == nil {
		if err == nil && v.Error == nil {
			return nil
		}
		return fmt.Errorf("error %v", err)
	}
	for _, each := range []struct {
		expected *number
		actual   uint64
	}{
		{v.Error.Offset, got.Offset}, {v.Error.Frame, got.Frame}, {v.Error.Declared, got.Declared},
		{v.Error.Limit, got.Limit}, {v.Error.Position, got.Position},
	} {
		if each.expected != nil && uint64(*each.expected) != each.actual {
			return fmt.Errorf("%d where %d is right: %w", each.actual, *each.expected, err)
		}
	}
	if got.Code != v.Error.Code || v.Error.Part != "" && got.Part != v.Error.Part ||
		!strings.Contains(got.Stranger, v.Error.Stranger) {
		return err
	}
	return nil
}

// A chopper gives a stream in the chunks that the cuts make.
type chopper struct {
	stream []byte
	cuts   []int
	at     int
}

func (c *chopper) Read(p []byte) (int, error) {
	if c.at == len(c.stream) {
		return 0, io.EOF
	}
	for len(c.cuts) > 0 && c.cuts[0] <= c.at {
		c.cuts = c.cuts[1:]
	}
	end := len(c.stream)
	if len(c.cuts) > 0 {
		end = c.cuts[0]
	}
	n := copy(p, c.stream[c.at:end])
	c.at += n
	return n, nil
}

// waysToCut: whole, byte by byte, at each place and at random ones; a long stream not everywhere.
func waysToCut(size int) [][]int {
	ways := [][]int{nil}
	each := make([]int, size)
	for i := range each {
		each[i] = i
		if size <= 100 {
			ways = append(ways, []int{i})
		}
	}
	if size <= 5000 {
		ways = append(ways, each)
	}
	pick := rand.New(rand.NewSource(int64(size)))
	for i := 0; i < 4; i++ {
		cuts := make([]int, 8)
		for j := range cuts {
			cuts[j] = pick.Intn(size + 1)
		}
		sort.Ints(cuts)
		ways = append(ways, cuts)
	}
	return ways
}

func readWhole(stream []byte, cuts []int, limits Limits) (frames []*Frame, err error) {
	reader := NewReader(&chopper{stream: stream, cuts: cuts}, limits)
	for {
		frame, err := reader.ReadFrame()
		if errors.Is(err, io.EOF) {
			return frames, nil
		}
		if err != nil {
			if _, again := reader.ReadFrame(); again != err {
				return frames, fmt.Errorf("%w is not final: %v", err, again)
			}
			return frames, err
		}
		frames = append(frames, frame)
	}
}

func readInPieces(stream []byte, cuts []int, limits Limits) (frames []*Frame, err error) {
	reader := NewReader(&chopper{stream: stream, cuts: cuts}, limits)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return frames, nil
		}
		if err != nil {
			return frames, err
		}
		body, err := io.ReadAll(reader)
		if err != nil {
			return frames, err
		}
		frames = append(frames, &Frame{*header, body})
	}
}

func loadVectors(t *testing.T) (vectors []vector) {
	folder := os.Getenv("FRAMING_VECTORS")
	if folder == "" {
		folder = "../../../tests/vectors"
	}
	paths, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no vectors in %s: %v", folder, err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Vectors []vector }
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		vectors = append(vectors, file.Vectors...)
	}
	return vectors
}

func TestVectorsInEveryCut(t *testing.T) {
	for _, v := range loadVectors(t) {
		v, limits := v, v.limits()
		fail := func(how any, err error) {
			if err != nil {
				t.Errorf("%s (%s), %v: %v", v.Name, v.Why, how, err)
			}
		}
		if v.Datagram != nil {
			var frames []*Frame
			frame, err := DecodeDatagram(*v.Datagram, limits)
			if err == nil {
				frames = append(frames, frame)
			}
			fail("as a datagram", v.check(frames, err))
			continue
		}
		_, whole := readWhole(*v.Stream, nil, limits)
		for _, cuts := range waysToCut(len(*v.Stream)) {
			frames, err := readWhole(*v.Stream, cuts, limits)
			fail(cuts, v.check(frames, err))
			if !reflect.DeepEqual(err, whole) {
				fail(cuts, fmt.Errorf("%v, and %v when it is whole", err, whole))
			}
			frames, err = readInPieces(*v.Stream, cuts, limits)
			fail(cuts, v.check(frames, err))
		}
	}
}

func TestBodySizeComesFirstAndIsLeftOutWhenThereIsNone(t *testing.T) {
	for _, each := range []struct {
		header         any
		body, expected string
	}{
		{struct{}{}, "", "\x00\x00\x00\x02{}"},
		{struct{}{}, "hi", "\x00\x00\x00\x0f{\"body_size\":2}hi"},
		{map[string]string{"a": "<中>"}, "hi", "\x00\x00\x00\x1b{\"body_size\":2,\"a\":\"<中>\"}hi"},
		{json.RawMessage(` {"body_size":2}`), "hi", "\x00\x00\x00\x10 {\"body_size\":2}hi"},
		{json.RawMessage(` { }`), "hi", "\x00\x00\x00\x0f{\"body_size\":2}hi"},
	} {
		frame, err := Append(nil, each.header, []byte(each.body), DefaultLimits)
		if err != nil || string(frame) != each.expected {
			t.Errorf("%v: %q, %v", each.header, frame, err)
		}
	}
}

func TestWhatAPeerWouldRefuseIsNotEncoded(t *testing.T) {
	deep := json.RawMessage(strings.Repeat(`{"a":`, 64) + "{}" + strings.Repeat("}", 64))
	for _, each := range []struct {
		header any
		body   string
		code   Code
	}{
		{map[string]int{"body_size": 3}, "hi", BodySizeMismatch},
		{map[string]string{"body_size": "2"}, "hi", InvalidBodySize},
		{[]int{1}, "", InvalidHeader},
		{json.RawMessage("{\"a\":\"\xff\"}"), "", InvalidHeader},
		{map[string]string{"a": strings.Repeat("x", 65536)}, "", HeaderTooLarge},
		{deep, "", HeaderTooDeep},
		{struct{}{}, strings.Repeat("x", 16<<20+1), BodyTooLarge},
	} {
		if _, err := Append(nil, each.header, []byte(each.body), DefaultLimits); !errors.Is(err, each.code) {
			t.Errorf("%v where it is %s", err, each.code)
		}
	}
}

func TestABodyIsStreamed(t *testing.T) {
	pieces, pipe := io.Pipe()
	writer := NewWriter(pipe, DefaultLimits)
	go func() {
		err := writer.WriteHeader(map[string]int{"n": 1}, 1_000_000)
		for i := 0; i < 20 && err == nil; i++ {
			_, err = writer.Write(bytes.Repeat([]byte{byte(i)}, 50_000))
		}
		pipe.CloseWithError(err)
	}()
	reader := NewReader(pieces, DefaultLimits)
	header, err := reader.Next()
	if err != nil || header.BodySize != 1_000_000 {
		t.Fatal(header, err)
	}
	body, err := io.ReadAll(reader)
	if err != nil || len(body) != 1_000_000 || body[999_999] != 19 {
		t.Error(len(body), err)
	}
	if _, err := reader.Next(); err != io.EOF {
		t.Error(err)
	}
}

func TestAStreamedBodyIsHeldToItsSize(t *testing.T) {
	writer := NewWriter(io.Discard, DefaultLimits)
	if err := writer.WriteHeader(struct{}{}, 3); err != nil {
		t.Fatal(err)
	}
	if _, err := writer.Write([]byte("abcd")); !errors.Is(err, BodySizeMismatch) {
		t.Error(err)
	}
	if err := writer.WriteFrame(struct{}{}, nil); !errors.Is(err, BodySizeMismatch) {
		t.Error(err)
	}
}

func TestTheNextHeaderIsBehindABodyThatNobodyRead(t *testing.T) {
	frame, _ := Append(nil, map[string]int{"n": 1}, make([]byte, 100_000), DefaultLimits)
	reader := NewReader(bytes.NewReader(append(frame, frame...)), DefaultLimits)
	for i := 0; i < 2; i++ {
		var header struct{ N int }
		if got, err := reader.Next(); err != nil || got.Decode(&header) != nil || header.N != 1 {
			t.Error(got, err)
		}
	}
	if _, err := reader.Next(); err != io.EOF {
		t.Error(err)
	}
}
