// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"fmt"
	"io"
	"syscall"
	"time"

	"example.com/framing"
)

// bench prints how many frames of a chat it decodes and encodes in a second of processor time.
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
		passes, started := 0, processorTime()
		for ; processorTime()-started < time.Second; passes++ {
			if err := each.work(); err != nil {
				return complain(1, err)
			}
		}
		seconds := (processorTime() - started).Seconds()
		fmt.Printf("%.0f frames/s %s\n", float64(passes*count)/seconds, each.name)
	}
	return 0
}

// processorTime returns that of the process, the collection of its garbage included.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // it has no reason to fail
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
