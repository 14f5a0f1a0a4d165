package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics of this room. Labels are routes, methods and statuses: nothing that a caller typed.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	denied   *prometheus.CounterVec
	given    prometheus.Counter
	follows  prometheus.Gauge
}

func newMetrics(reg *prometheus.Registry) metrics {
	m := metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "counterfoil_http_requests_total", Help: "Requests answered."}, []string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "counterfoil_http_request_seconds", Help: "Time from a request to the end of its answer.",
			Buckets: []float64{.001, .005, .02, .1, .5, 2, 10, 60}}, []string{"route", "method"}),
		denied:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "counterfoil_http_denied_total", Help: "Requests refused for want of a token (auth.attempt) or of a right (auth.authorize)."}, []string{"action"}),
		given:   prometheus.NewCounter(prometheus.CounterOpts{Name: "counterfoil_http_records_given_total", Help: "Records read through the API."}),
		follows: prometheus.NewGauge(prometheus.GaugeOpts{Name: "counterfoil_http_followers", Help: "Live tails under way."}),
	}
	reg.MustRegister(m.requests, m.seconds, m.denied, m.given, m.follows)
	return m
}

// watched is an answer that remembers its status.
type watched struct {
	http.ResponseWriter
	m             *metrics
	route, method string
	began         time.Time
	status        int // 0: nothing is sent yet
}

func (m *metrics) watch(w http.ResponseWriter, route, method string) *watched {
	return &watched{ResponseWriter: w, m: m, route: route, method: method, began: time.Now()}
}

func (w *watched) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *watched) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets a ResponseController reach the connection.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// done counts the answer.
func (w *watched) done() {
	status := w.status
	if status == 0 {
		status = http.StatusOK
	}
	w.m.requests.WithLabelValues(w.route, w.method, strconv.Itoa(status)).Inc()
	w.m.seconds.WithLabelValues(w.route, w.method).Observe(time.Since(w.began).Seconds())
}
