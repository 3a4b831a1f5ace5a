package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"strconv"
	"strings"
	"time"
)

// call is a request and the way to answer it. HTTP/1.1 only, and only what clients of this mock
// send: net/http would cost as much CPU as the load generator itself.
type call struct {
	path string
	body []byte
	out  *bufio.Writer
}

func serve(listener net.Listener, handle func(*call) error) error {
	for {
		socket, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer socket.Close()
			in, out := bufio.NewReaderSize(socket, 8192), bufio.NewWriterSize(socket, 8192)
			for {
				c, err := read(in)
				if err != nil {
					return // the client's end of the connection, or not HTTP
				}
				c.out = out
				if err = handle(c); err != nil {
					return
				}
			}
		}()
	}
}

func read(in *bufio.Reader) (*call, error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	words := strings.Fields(line)
	if len(words) != 3 {
		return nil, errors.New("not a request line")
	}
	c := &call{path: words[0] + " " + words[1]}
	length, chunked := 0, false
	for {
		header, err := in.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		if len(header) <= 2 {
			break
		}
		if value, ok := field(header, "content-length:"); ok {
			if length, err = strconv.Atoi(value); err != nil {
				return nil, err
			}
		} else if value, ok := field(header, "transfer-encoding:"); ok {
			chunked = strings.EqualFold(value, "chunked")
		}
	}
	if chunked {
		if c.body, err = io.ReadAll(httputil.NewChunkedReader(in)); err == nil {
			_, err = in.ReadString('\n') // the empty line after the last chunk
		}
		return c, err
	}
	c.body = make([]byte, length)
	_, err = io.ReadFull(in, c.body)
	return c, err
}

func field(header []byte, name string) (string, bool) {
	if len(header) < len(name) || header[0]|32 != name[0] || !strings.EqualFold(string(header[:len(name)]), name) {
		return "", false
	}
	return strings.TrimSpace(string(header[len(name):])), true
}

// send answers with a whole body.
func (c *call) send(status, body string) error {
	fmt.Fprintf(c.out, "HTTP/1.1 %s\r\nDate: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		status, date(), len(body), body)
	return c.out.Flush()
}

// begin answers with a stream of server-sent events.
func (c *call) begin() {
	fmt.Fprintf(c.out, "HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: text/event-stream; charset=utf-8\r\n"+
		"Transfer-Encoding: chunked\r\n\r\n", date())
}

// event sends one chunk at once.
func (c *call) event(data string) error {
	fmt.Fprintf(c.out, "%x\r\n%s\r\n", len(data), data)
	return c.out.Flush()
}

func (c *call) end() error {
	_, _ = c.out.WriteString("0\r\n\r\n") // Flush tells of its error
	return c.out.Flush()
}

func date() string { return time.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT") }
