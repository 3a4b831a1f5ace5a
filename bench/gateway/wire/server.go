// Package wire is HTTP/1.1 as far as the programs of the benchmark need it of each other: net/http would cost as much CPU as
// the load generator itself.
package wire

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

// Call is a request and the way to answer it.
type Call struct {
	Path    string // with its method: "POST /there"
	Body    []byte
	Headers []string // the values of those that Serve was told to keep, in its order
	out     *bufio.Writer
	gone    func() // returns when the client has closed the connection
}

// Serve answers every request by handle. After an error of handle the connection is closed. The names are of headers, in lower
// case with their colons.
func Serve(listener net.Listener, handle func(*Call) error, names ...string) error {
	for {
		socket, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer socket.Close()
			in, out := bufio.NewReaderSize(socket, 8192), bufio.NewWriterSize(socket, 8192)
			for {
				c, err := read(in, names)
				if err != nil {
					return // the client's end of the connection, or not HTTP
				}
				c.out = out
				c.gone = func() { _, _ = in.Peek(1) }
				if err = handle(c); err != nil {
					return
				}
			}
		}()
	}
}

func read(in *bufio.Reader, names []string) (*Call, error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	words := strings.Fields(line)
	if len(words) != 3 {
		return nil, errors.New("not a request line")
	}
	c := &Call{Path: words[0] + " " + words[1], Headers: make([]string, len(names))}
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
		for i, name := range names {
			if value, ok := field(header, name); ok {
				c.Headers[i] = value
			}
		}
	}
	if chunked {
		if c.Body, err = io.ReadAll(httputil.NewChunkedReader(in)); err == nil {
			_, err = in.ReadString('\n') // the empty line after the last chunk
		}
		return c, err
	}
	c.Body = make([]byte, length)
	_, err = io.ReadFull(in, c.Body)
	return c, err
}

func field(header []byte, name string) (string, bool) {
	if len(header) < len(name) || header[0]|32 != name[0] || !strings.EqualFold(string(header[:len(name)]), name) {
		return "", false
	}
	return strings.TrimSpace(string(header[len(name):])), true
}

// Send answers with a whole body.
func (c *Call) Send(status, body string) error {
	fmt.Fprintf(c.out, "HTTP/1.1 %s\r\nDate: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		status, date(), len(body), body)
	return c.out.Flush()
}

// Begin answers with a stream of server-sent events.
func (c *Call) Begin() {
	fmt.Fprintf(c.out, "HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: text/event-stream; charset=utf-8\r\n"+
		"Transfer-Encoding: chunked\r\n\r\n", date())
}

// Event sends one chunk at once.
func (c *Call) Event(data string) error {
	fmt.Fprintf(c.out, "%x\r\n%s\r\n", len(data), data)
	return c.out.Flush()
}

// End ends a stream.
func (c *Call) End() error {
	_, _ = c.out.WriteString("0\r\n\r\n") // Flush tells of its error
	return c.out.Flush()
}

// Wait answers nothing, until the client has closed the connection.
func (c *Call) Wait() { c.gone() }

func date() string { return time.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT") }
