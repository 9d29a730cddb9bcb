// SPDX-License-Identifier: MIT

package main

import (
	"bufio"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"example.com/framing"
)

// decode prints what framecat decode prints.
func decode(arguments []string) int {
	flags := flag.NewFlagSet("decode", flag.ExitOnError)
	maxHeader := flags.Uint("max-header", uint(framing.DefaultLimits.MaxHeaderSize), "bytes of a header")
	maxBody := flags.Uint64("max-body", framing.DefaultLimits.MaxBodySize, "bytes of a body")
	maxDepth := flags.Int("max-depth", framing.DefaultLimits.MaxDepth, "levels of nesting")
	flags.Parse(arguments) // or it exits
	if *maxHeader > 1<<32-1 {
		*maxHeader = 1<<32 - 1
	}
	limits := framing.Limits{MaxHeaderSize: uint32(*maxHeader), MaxBodySize: *maxBody, MaxDepth: *maxDepth}

	reader := framing.NewReader(os.Stdin, limits)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		frame, err := reader.ReadFrame()
		var wrong *framing.Error
		switch {
		case err == io.EOF:
			return 0
		case errors.As(err, &wrong):
			fmt.Fprintf(out, "{\"error\":%q,\"offset\":%d}\n", wrong.Code, wrong.Offset)
			return complain(1, err)
		case err != nil:
			return complain(1, err)
		}
		header := strings.NewReplacer("\t", " ", "\r", " ", "\n", " ").Replace(string(frame.Text))
		fmt.Fprintf(out, "{\"header\":%s,\"body_size\":%d,\"body\":\"%s\"}\n", visible(header),
			len(frame.Body), base64.StdEncoding.EncodeToString(frame.Body))
		if reader.Buffered() == 0 {
			out.Flush() // what is here is shown, before it waits for more
		}
	}
}
