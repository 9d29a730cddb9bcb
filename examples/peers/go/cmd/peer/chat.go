// SPDX-License-Identifier: MIT

package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"time"

	"example.com/framing"
)

type message struct {
	Type    string `json:"type"`
	Nick    string `json:"nick,omitempty"`
	Room    string `json:"room,omitempty"`
	From    string `json:"from,omitempty"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}

// chatClient is a member of a chat room: lines of standard input are said, and what is said is
// printed.
func chatClient(arguments []string) int {
	room, err := net.Dial("tcp", arguments[0])
	if err != nil {
		return complain(255, err)
	}
	defer room.Close()
	reader := framing.NewReader(room, framing.DefaultLimits)
	join := message{Type: "join", Nick: arguments[1], Room: "lobby"}
	if err := framing.NewWriter(room, framing.DefaultLimits).WriteFrame(join, nil); err != nil {
		return complain(255, err)
	}
	for {
		frame, err := reader.ReadFrame()
		var heard message
		if err == nil {
			err = frame.Decode(&heard)
		}
		if err != nil {
			return complain(255, err)
		}
		switch heard.Type {
		case "welcome":
			go sayLines(room)
		case "said":
			fmt.Printf("%s: %s\n", visible(heard.From), visible(string(frame.Body)))
		case "joined", "left":
			fmt.Printf("* %s has %s\n", visible(heard.Nick), heard.Type)
		case "error":
			fmt.Fprintln(os.Stderr, visible(heard.Code+": "+heard.Message))
		case "bye":
			return 0
		}
	}
}

// sayLines says them, and shows every 30 seconds that it is still there.
func sayLines(room net.Conn) {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for input := bufio.NewScanner(os.Stdin); input.Scan(); {
			lines <- input.Text()
		}
	}()
	writer := framing.NewWriter(room, framing.DefaultLimits)
	alive := time.NewTicker(30 * time.Second)
	defer alive.Stop()
	for {
		var err error
		select {
		case line, more := <-lines:
			if !more {
				writer.WriteFrame(message{Type: "quit"}, nil) // what comes of it is read
				return
			}
			if line != "" {
				err = writer.WriteFrame(message{Type: "say"}, []byte(line))
			}
		case <-alive.C:
			err = writer.WriteFrame(struct{}{}, nil)
		}
		if err != nil {
			return // and so has the reader
		}
	}
}
