package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// sample is one answered request; times count from the moment it was due.
type sample struct {
	status    int
	whole     time.Duration
	firstByte time.Duration
	kept      string
	end       time.Time
}

type failures struct {
	errors int64
	unsent int64
	first  string
}

func (f *failures) add(err error) {
	f.errors++
	if f.first == "" {
		f.first = err.Error()
	}
}

func (f *failures) join(other failures) {
	f.errors += other.errors
	f.unsent += other.unsent
	if f.first == "" {
		f.first = other.first
	}
}

// closedLoop keeps every connection busy until the time is over.
func closedLoop(o options, begin time.Time) ([]sample, failures) {
	deadline := begin.Add(o.duration)
	var issued atomic.Int64
	var lock sync.Mutex
	var all []sample
	var failed failures
	var done sync.WaitGroup
	for range o.connections {
		done.Add(1)
		go func() {
			defer done.Done()
			mine := make([]sample, 0, 4096)
			var wrong failures
			var line *connection
			for time.Now().Before(deadline) && (o.most == 0 || issued.Add(1) <= o.most) {
				got, err := exchange(&line, o, time.Now())
				if err != nil {
					wrong.add(err)
					time.Sleep(10 * time.Millisecond) // a server that is away is not to be hammered
					continue
				}
				mine = append(mine, got)
			}
			drop(&line)
			lock.Lock()
			defer lock.Unlock()
			all = append(all, mine...)
			failed.join(wrong)
		}()
	}
	done.Wait()
	return all, failed
}

// exchange sends one request on the line, which it opens as needed and closes when it is of no more
// use.
func exchange(line **connection, o options, due time.Time) (sample, error) {
	if *line == nil {
		opened, err := dial(o.url.Host)
		if err != nil {
			return sample{}, err
		}
		*line = opened
	}
	got, err := (*line).send(o.keys.own(o.request), o.shape)
	end := time.Now()
	if err != nil || !got.reusable {
		drop(line)
	}
	return sample{got.status, end.Sub(due), got.firstByte.Sub(due), got.kept, end}, err
}

func drop(line **connection) {
	if *line != nil {
		_ = (*line).socket.Close()
		*line = nil
	}
}

// openLoop sends by the clock. Connections are taken from the top of a stack, so that there are as
// many as the server's latency makes necessary; when all are busy, requests wait and their latency
// grows.
func openLoop(o options, begin time.Time) ([]sample, failures) {
	deadline := begin.Add(o.duration)
	interval := time.Duration(float64(time.Second) / o.rate)
	lines := make(chan struct{}, o.connections)
	var lock sync.Mutex
	var idle []*connection
	var all []sample
	var failed failures
	var done sync.WaitGroup
	for i := int64(0); o.most == 0 || i < o.most; i++ {
		due := begin.Add(time.Duration(i) * interval)
		if due.After(deadline) {
			break
		}
		time.Sleep(time.Until(due))
		lines <- struct{}{}
		if time.Now().After(deadline.Add(o.grace)) {
			failed.unsent += int64(deadline.Sub(due) / interval)
			<-lines
			break
		}
		done.Add(1)
		go func() {
			defer done.Done()
			lock.Lock()
			var line *connection
			if n := len(idle); n > 0 {
				line, idle = idle[n-1], idle[:n-1]
			}
			lock.Unlock()
			got, err := exchange(&line, o, due)
			lock.Lock()
			defer lock.Unlock()
			if err != nil {
				failed.add(err)
			} else {
				all = append(all, got)
			}
			if line != nil {
				idle = append(idle, line)
			}
			<-lines
		}()
	}
	done.Wait()
	for _, line := range idle {
		drop(&line)
	}
	return all, failed
}
