package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Linux counts CPU time for /proc in hundredths of a second and memory in pages.
const ticksPerSecond = 100

// process watches the server under test; without a pid it does nothing.
type process struct {
	pid       int
	cpuBefore float64
	rssBefore float64
	peak      chan float64
	stop      chan struct{}
}

func watchProcess(pid int) *process {
	p := &process{pid: pid, peak: make(chan float64, 1), stop: make(chan struct{})}
	if pid == 0 {
		return p
	}
	var err error
	if p.cpuBefore, p.rssBefore, err = usage(pid); err != nil {
		fail("%v", err)
	}
	go p.follow()
	return p
}

func (p *process) follow() {
	highest := p.rssBefore
	ticker := time.NewTicker(250 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-p.stop:
			p.peak <- highest
			return
		case <-ticker.C:
			if _, rss, err := usage(p.pid); err == nil {
				highest = max(highest, rss)
			}
		}
	}
}

func (p *process) into(r *result) {
	if p.pid == 0 {
		return
	}
	close(p.stop)
	cpu, rss, err := usage(p.pid)
	if err != nil {
		fail("the server has ended: %v", err)
	}
	r.ServerCPU = round(cpu-p.cpuBefore, 2)
	r.RSSBefore = round(p.rssBefore, 1)
	r.RSSPeak = round(max(<-p.peak, rss), 1)
}

// usage is the process's CPU time in seconds and its resident memory in MiB.
func usage(pid int) (cpu, rss float64, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, err
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	var values [3]float64
	for i, field := range []int{11, 12, 21} { // utime, stime, rss
		if values[i], err = strconv.ParseFloat(fields[field], 64); err != nil {
			return 0, 0, err
		}
	}
	return (values[0] + values[1]) / ticksPerSecond, values[2] * float64(os.Getpagesize()) / (1 << 20), nil
}

// ownCPU is what this program has used so far, in seconds.
func ownCPU() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		fail("%v", err)
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(used.Utime) + seconds(used.Stime)
}
