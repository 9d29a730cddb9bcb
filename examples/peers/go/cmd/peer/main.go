// SPDX-License-Identifier: MIT

// Command peer looks into streams of frames, and talks to our servers.
//
//	go run ./cmd/peer decode < stream
package main

import (
	"fmt"
	"os"
	"strings"
	"unicode"
	"unicode/utf16"
)

var commands = map[string]struct {
	usage string
	least int // arguments
	run   func(arguments []string) int
}{
	"decode":       {"[-max-header N] [-max-body N] [-max-depth N]", 0, decode},
	"bench":        {"", 0, bench},
	"echo_client":  {"HOST:PORT WORD...", 2, echoClient},
	"echo_server":  {"HOST:PORT", 1, echoServer},
	"chat_client":  {"HOST:PORT NICK", 2, chatClient},
	"shell_client": {"HOST:PORT TOKEN_FILE COMMAND", 3, shellClient},
}

func main() {
	if len(os.Args) > 1 {
		if command, ok := commands[os.Args[1]]; ok && len(os.Args) >= 2+command.least {
			os.Exit(command.run(os.Args[2:]))
		}
	}
	for name, command := range commands {
		fmt.Fprintln(os.Stderr, "usage: peer", name, command.usage)
	}
	os.Exit(2)
}

// complain prints why it does not go on, and returns the exit status.
func complain(status int, why any) int {
	fmt.Fprintf(os.Stderr, "peer: %v\n", why)
	return status
}

// visible returns a text in which nothing acts on a terminal: controls, and what changes the
// direction of text, are escaped as in JSON.
func visible(text string) string {
	const nonJoiner, joiner = '\u200c', '\u200d'
	var out strings.Builder
	for _, r := range text {
		switch {
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\t':
			out.WriteString(`\t`)
		case r == nonJoiner || r == joiner || !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
			out.WriteRune(r)
		default:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&out, `\u%04x`, unit)
			}
		}
	}
	return out.String()
}
