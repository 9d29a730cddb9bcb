// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"io"
	"net"
	"os"

	"example.com/framing"
)

type word struct {
	Type   string `json:"type"`
	Number int    `json:"number"`
}

// echoClient sends words and prints what comes back.
func echoClient(arguments []string) int {
	server, err := net.Dial("tcp", arguments[0])
	if err != nil {
		return complain(255, err)
	}
	defer server.Close()
	reader := framing.NewReader(server, framing.DefaultLimits)
	writer := framing.NewWriter(server, framing.DefaultLimits)
	for i, text := range arguments[1:] {
		if err := writer.WriteFrame(word{"word", i + 1}, []byte(text)); err != nil {
			return complain(255, err)
		}
		answer, err := reader.ReadFrame()
		var header word
		if err == nil {
			err = answer.Decode(&header)
		}
		if err != nil {
			return complain(255, err)
		}
		fmt.Printf("%d: %s\n", header.Number, visible(string(answer.Body)))
	}
	return 0
}

// echoServer sends every frame back as it came.
func echoServer(arguments []string) int {
	listener, err := net.Listen("tcp", arguments[0])
	if err != nil {
		return complain(2, err)
	}
	fmt.Println("listening on", listener.Addr())
	for {
		client, err := listener.Accept()
		if err != nil {
			return complain(1, err)
		}
		go func() {
			defer client.Close()
			if err := echo(client); err != io.EOF {
				fmt.Fprintln(os.Stderr, "peer:", err)
			}
		}()
	}
}

func echo(client net.Conn) error {
	reader := framing.NewReader(client, framing.DefaultLimits)
	writer := framing.NewWriter(client, framing.DefaultLimits)
	for {
		frame, err := reader.ReadFrame()
		if err != nil {
			return err
		}
		if err := writer.WriteFrame(frame.Text, frame.Body); err != nil {
			return err
		}
	}
}
