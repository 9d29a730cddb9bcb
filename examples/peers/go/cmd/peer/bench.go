// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"example.com/framing"
)

// bench prints how many frames of a chat it decodes and encodes in a second.
func bench([]string) int {
	type said struct {
		Type string `json:"type"`
		From string `json:"from"`
		Room string `json:"room"`
		Seq  int    `json:"seq"`
	}
	header := said{"said", "alice", "lobby", 4711}
	body := bytes.Repeat([]byte("x"), 64)
	const count = 500
	frame, err := framing.Append(nil, header, body, framing.DefaultLimits)
	if err != nil {
		return complain(1, err)
	}
	stream := bytes.Repeat(frame, count)

	decodeAll := func() error {
		reader := framing.NewReader(bytes.NewReader(stream), framing.DefaultLimits)
		for {
			frame, err := reader.ReadFrame()
			if err == io.EOF {
				return nil
			}
			var header said
			if err == nil {
				err = frame.Decode(&header)
			}
			if err != nil {
				return err
			}
		}
	}
	encodeAll := func() (err error) {
		for i := 0; i < count && err == nil; i++ {
			frame, err = framing.Append(frame[:0], header, body, framing.DefaultLimits)
		}
		return err
	}
	for _, each := range []struct {
		name string
		work func() error
	}{{"decoded", decodeAll}, {"encoded", encodeAll}} {
		passes, started := 0, time.Now()
		for ; time.Since(started) < time.Second; passes++ {
			if err := each.work(); err != nil {
				return complain(1, err)
			}
		}
		fmt.Printf("%.0f frames/s %s\n", float64(passes*count)/time.Since(started).Seconds(), each.name)
	}
	return 0
}
