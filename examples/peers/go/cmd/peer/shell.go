// SPDX-License-Identifier: MIT

package main

import (
	"net"
	"os"
	"strings"

	"example.com/framing"
)

// The numbers are those of POSIX.
var signals = map[string]int{"HUP": 1, "INT": 2, "QUIT": 3, "ABRT": 6, "KILL": 9, "PIPE": 13, "TERM": 15}

// shellClient runs one command at a shell server, and exits as it does.
func shellClient(arguments []string) int {
	token, err := os.ReadFile(arguments[1])
	if err != nil {
		return complain(2, err)
	}
	server, err := net.Dial("tcp", arguments[0])
	if err != nil {
		return complain(255, err)
	}
	defer server.Close()
	writer := framing.NewWriter(server, framing.DefaultLimits)
	for _, request := range []map[string]any{
		{"type": "auth", "token": strings.TrimSpace(string(token))},
		{"type": "exec", "id": 0, "command": arguments[2]},
		{"type": "stdin_close", "id": 0},
	} {
		if err := writer.WriteFrame(request, nil); err != nil {
			return complain(255, err)
		}
	}
	for reader := framing.NewReader(server, framing.DefaultLimits); ; {
		frame, err := reader.ReadFrame()
		var answer struct {
			Type, Code, Signal string
			Status             int
		}
		if err == nil {
			err = frame.Decode(&answer)
		}
		if err != nil {
			return complain(255, err)
		}
		switch answer.Type {
		case "stdout":
			os.Stdout.Write(frame.Body)
		case "stderr":
			os.Stderr.Write(frame.Body)
		case "error":
			if answer.Code != "unknown_id" {
				return complain(1, visible(answer.Code))
			}
		case "exit":
			if answer.Signal != "" {
				return 128 + signals[answer.Signal]
			}
			return answer.Status
		}
	}
}
