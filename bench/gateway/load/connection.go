package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// answerShape says what to expect of answers and what to keep of them.
type answerShape struct {
	timeout time.Duration
	end     []byte // among the last bytes of the body, or empty
	keep    string // a header's name in lower case with its colon, or empty
}

// answer is what one request got. firstByte is when the first byte of the body was there.
type answer struct {
	status    int
	firstByte time.Time
	kept      string
	reusable  bool
}

type connection struct {
	socket net.Conn
	reader *bufio.Reader
	tail   []byte
}

func dial(host string) (*connection, error) {
	socket, err := net.DialTimeout("tcp", host, 5*time.Second)
	if err != nil {
		return nil, err
	}
	return &connection{socket: socket, reader: bufio.NewReaderSize(socket, 16384)}, nil
}

// send sends the request and reads the whole answer. After an error the connection is of no more
// use.
func (c *connection) send(request []byte, shape answerShape) (answer, error) {
	if err := c.socket.SetDeadline(time.Now().Add(shape.timeout)); err != nil {
		return answer{}, err
	}
	if _, err := c.socket.Write(request); err != nil {
		return answer{}, err
	}
	return c.read(shape)
}

func (c *connection) read(shape answerShape) (answer, error) {
	got, length, chunked, err := c.head(shape.keep)
	if err != nil {
		return got, err
	}
	c.tail = c.tail[:0]
	switch {
	case chunked:
		err = c.chunks(&got, len(shape.end) > 0)
	case length > 0:
		if _, err = c.reader.Peek(1); err == nil {
			got.firstByte = time.Now()
			err = c.body(length, len(shape.end) > 0)
		}
	case length < 0:
		err = errors.New("an answer of unknown length")
	}
	if err == nil && got.status == 200 && !bytes.Contains(c.tail, shape.end) {
		err = fmt.Errorf("an answer that ends with %q", c.tail)
	}
	if got.firstByte.IsZero() {
		got.firstByte = time.Now()
	}
	return got, err
}

// head reads the status line and the headers. The length is -1 when none was said.
func (c *connection) head(keep string) (got answer, length int, chunked bool, err error) {
	line, err := c.reader.ReadSlice('\n')
	if err != nil {
		return got, 0, false, err
	}
	if len(line) < 12 {
		return got, 0, false, fmt.Errorf("a status line %q", line)
	}
	if got.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return got, 0, false, err
	}
	got.reusable, length = true, -1
	for {
		if line, err = c.reader.ReadSlice('\n'); err != nil {
			return got, 0, false, err
		}
		if len(line) <= 2 {
			return got, length, chunked, nil
		}
		if value, ok := header(line, "content-length:"); ok {
			if length, err = strconv.Atoi(value); err != nil {
				return got, 0, false, err
			}
		} else if value, ok := header(line, "transfer-encoding:"); ok {
			chunked = strings.EqualFold(value, "chunked")
		} else if value, ok := header(line, "connection:"); ok {
			got.reusable = !strings.EqualFold(value, "close")
		} else if keep != "" {
			if value, ok := header(line, keep); ok {
				got.kept = value
			}
		}
	}
}

func header(line []byte, name string) (string, bool) {
	if len(line) < len(name) || line[0]|32 != name[0] || !strings.EqualFold(string(line[:len(name)]), name) {
		return "", false
	}
	return strings.TrimSpace(string(line[len(name):])), true
}

func (c *connection) chunks(got *answer, keepTail bool) error {
	for {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		if got.firstByte.IsZero() {
			got.firstByte = time.Now()
		}
		size, _, _ := strings.Cut(strings.TrimSpace(string(line)), ";")
		n, err := strconv.ParseInt(size, 16, 32)
		if err != nil {
			return err
		}
		if n > 0 {
			if err = c.body(int(n), keepTail); err != nil {
				return err
			}
		}
		if _, err = c.reader.Discard(2); err != nil || n == 0 {
			return err
		}
	}
}

const tailBytes = 64

func (c *connection) body(n int, keepTail bool) error {
	if !keepTail {
		_, err := c.reader.Discard(n)
		return err
	}
	last := min(n, tailBytes)
	if _, err := c.reader.Discard(n - last); err != nil {
		return err
	}
	begin := len(c.tail)
	c.tail = append(c.tail, make([]byte, last)...)
	if _, err := io.ReadFull(c.reader, c.tail[begin:]); err != nil {
		return err
	}
	if surplus := len(c.tail) - tailBytes; surplus > 0 {
		c.tail = append(c.tail[:0], c.tail[surplus:]...)
	}
	return nil
}
