package main

import (
	"math"
	"slices"
	"time"
)

// result is what is printed; times are in milliseconds, CPU times in seconds, memory in MiB.
type result struct {
	Label       string      `json:"label"`
	Connections int         `json:"connections"`
	Rate        float64     `json:"rate"`
	Seconds     float64     `json:"seconds"`
	OK          int         `json:"ok"`
	Statuses    map[int]int `json:"statuses"`
	Errors      int64       `json:"errors"`
	FirstError  string      `json:"first_error,omitempty"`
	Unsent      int64       `json:"unsent"`
	PerSecond   float64     `json:"per_second"`
	P50         float64     `json:"p50"`
	P99         float64     `json:"p99"`
	Max         float64     `json:"max"`
	FirstP50    float64     `json:"first_byte_p50"`
	FirstP99    float64     `json:"first_byte_p99"`
	ClientCPU   float64     `json:"client_cpu"`
	ServerCPU   float64     `json:"server_cpu"`
	RSSBefore   float64     `json:"rss_before"`
	RSSPeak     float64     `json:"rss_peak"`
}

// summarize counts answers of that status only; the others show in Statuses.
func summarize(all []sample, status int, elapsed time.Duration) result {
	r := result{Seconds: round(elapsed.Seconds(), 3), Statuses: map[int]int{}}
	whole := make([]time.Duration, 0, len(all))
	first := make([]time.Duration, 0, len(all))
	for _, one := range all {
		r.Statuses[one.status]++
		if one.status == status {
			whole = append(whole, one.whole)
			first = append(first, one.firstByte)
		}
	}
	slices.Sort(whole)
	slices.Sort(first)
	r.OK = len(whole)
	r.PerSecond = round(float64(r.OK)/elapsed.Seconds(), 1)
	r.P50, r.P99, r.Max = quantile(whole, .5), quantile(whole, .99), quantile(whole, 1)
	r.FirstP50, r.FirstP99 = quantile(first, .5), quantile(first, .99)
	return r
}

// quantile of sorted values by the nearest rank, in milliseconds; 0 when there are none.
func quantile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := max(1, int(math.Ceil(q*float64(len(sorted)))))
	return round(float64(sorted[rank-1].Nanoseconds())/1e6, 3)
}

func round(value float64, digits int) float64 {
	scale := math.Pow(10, float64(digits))
	return math.Round(value*scale) / scale
}
