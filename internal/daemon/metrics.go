package daemon

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// newRegistry makes what /metrics shows of inputs, outputs, trail and process. The API adds its own.
func (d *daemon) newRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "counterfoil_info", Help: "Always 1; the version is a label.", ConstLabels: prometheus.Labels{"version": d.opts.Version}})
	info.Set(1)
	r.MustRegister(info, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &figures{d})
	return r
}

// figures reads counters where they are kept, at the moment they are asked for.
type figures struct{ d *daemon }

type inputFigure struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(s InputStatus, waits uint64, lag time.Duration) float64
}

func inputDesc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("counterfoil_input_"+name, help, []string{"input", "type"}, nil)
}

var inputFigures = []inputFigure{
	{inputDesc("up", "1 while the input delivers, 0 while it has a problem."), prometheus.GaugeValue, func(s InputStatus, _ uint64, _ time.Duration) float64 {
		if s.Problem != "" {
			return 0
		}
		return 1
	}},
	{inputDesc("frames_total", "Messages read."), prometheus.CounterValue, func(s InputStatus, _ uint64, _ time.Duration) float64 { return float64(s.Frames) }},
	{inputDesc("bytes_total", "Bytes of them."), prometheus.CounterValue, func(s InputStatus, _ uint64, _ time.Duration) float64 { return float64(s.Bytes) }},
	{inputDesc("events_total", "Events kept."), prometheus.CounterValue, func(s InputStatus, _ uint64, _ time.Duration) float64 { return float64(s.Events) }},
	{inputDesc("unparsed_total", "Of them not understood and kept as they came."), prometheus.CounterValue, func(s InputStatus, _ uint64, _ time.Duration) float64 { return float64(s.Unparsed) }},
	{inputDesc("retried_total", "Of them known to the trail already."), prometheus.CounterValue, func(s InputStatus, _ uint64, _ time.Duration) float64 { return float64(s.Retried) }},
	{inputDesc("refused_total", "Messages refused with an answer to their sender."), prometheus.CounterValue, func(s InputStatus, _ uint64, _ time.Duration) float64 { return float64(s.Refused) }},
	{inputDesc("left_out_total", "Events that the policy did not let into the trail."), prometheus.CounterValue, func(s InputStatus, _ uint64, _ time.Duration) float64 { return float64(s.LeftOut) }},
	{inputDesc("gaps_total", "Gap events written."), prometheus.CounterValue, func(s InputStatus, _ uint64, _ time.Duration) float64 { return float64(s.Gaps) }},
	{inputDesc("waits_total", "Times the input had to wait for the trail."), prometheus.CounterValue, func(_ InputStatus, waits uint64, _ time.Duration) float64 { return float64(waits) }},
	{inputDesc("lag_seconds", "From the newest event of the last batch to its commit, by the two clocks."), prometheus.GaugeValue, func(_ InputStatus, _ uint64, lag time.Duration) float64 { return lag.Seconds() }},
}

type outputFigure struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(s OutputStatus, size uint64, lag time.Duration) float64
}

func outputDesc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("counterfoil_output_"+name, help, []string{"output", "type"}, nil)
}

var outputFigures = []outputFigure{
	{outputDesc("up", "1 while the output delivers, 0 while it has a problem."), prometheus.GaugeValue, func(s OutputStatus, _ uint64, _ time.Duration) float64 {
		if s.Problem != "" {
			return 0
		}
		return 1
	}},
	{outputDesc("sent_total", "Records and passed events delivered."), prometheus.CounterValue, func(s OutputStatus, _ uint64, _ time.Duration) float64 { return float64(s.Sent) }},
	{outputDesc("errors_total", "Times that the destination, or the way to it, failed."), prometheus.CounterValue, func(s OutputStatus, _ uint64, _ time.Duration) float64 { return float64(s.Errors) }},
	{outputDesc("refused_total", "Records that the destination will never take."), prometheus.CounterValue, func(s OutputStatus, _ uint64, _ time.Duration) float64 { return float64(s.Refused) }},
	{outputDesc("missed_total", "Records that were gone from the trail before they were delivered."), prometheus.CounterValue, func(s OutputStatus, _ uint64, _ time.Duration) float64 { return float64(s.Missed) }},
	{outputDesc("passed_total", "Of those delivered, events that the trail does not keep."), prometheus.CounterValue, func(s OutputStatus, _ uint64, _ time.Duration) float64 { return float64(s.Passed) }},
	{outputDesc("dropped_total", "Events that the trail does not keep and that were lost."), prometheus.CounterValue, func(s OutputStatus, _ uint64, _ time.Duration) float64 { return float64(s.Dropped) }},
	{outputDesc("lag_records", "Records of the trail that the output has not looked at."), prometheus.GaugeValue, func(s OutputStatus, size uint64, _ time.Duration) float64 {
		return float64(size - min(size, s.Next))
	}},
	{outputDesc("lag_seconds", "For how long there has been something to deliver."), prometheus.GaugeValue, func(_ OutputStatus, _ uint64, lag time.Duration) float64 { return lag.Seconds() }},
}

func trailDesc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("counterfoil_trail_"+name, help, nil, nil)
}

var (
	recordsDesc    = trailDesc("records_total", "Records in the trail.")
	headDesc       = trailDesc("head_records", "Of them not sealed yet.")
	segmentsDesc   = trailDesc("segments", "Sealed segments.")
	checkpointDesc = trailDesc("checkpoint_records", "Records that the newest signed checkpoint counts.")
	signedDesc     = trailDesc("checkpoint_timestamp_seconds", "When the newest checkpoint of this run was signed.")
)

// Describe sends the descriptions.
func (f *figures) Describe(ch chan<- *prometheus.Desc) {
	for _, x := range inputFigures {
		ch <- x.desc
	}
	for _, x := range outputFigures {
		ch <- x.desc
	}
	for _, x := range []*prometheus.Desc{recordsDesc, headDesc, segmentsDesc, checkpointDesc, signedDesc} {
		ch <- x
	}
}

// Collect sends the figures of this moment.
func (f *figures) Collect(ch chan<- prometheus.Metric) {
	f.d.inputs.each(func(s InputStatus, waits uint64, lag time.Duration) {
		for _, x := range inputFigures {
			ch <- prometheus.MustNewConstMetric(x.desc, x.kind, x.of(s, waits, lag), s.Name, s.Type)
		}
	})
	var s Status
	v := f.d.trail.View()
	s.look(v)
	v.Close()
	f.d.outputs.each(func(o OutputStatus, lag time.Duration) {
		for _, x := range outputFigures {
			ch <- prometheus.MustNewConstMetric(x.desc, x.kind, x.of(o, s.Records, lag), o.Name, o.Type)
		}
	})
	_, signed, at := f.d.trail.LastCheckpoint()
	gauge := func(d *prometheus.Desc, x float64) { ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, x) }
	ch <- prometheus.MustNewConstMetric(recordsDesc, prometheus.CounterValue, float64(s.Records))
	gauge(headDesc, float64(s.Head))
	gauge(segmentsDesc, float64(s.Segments))
	gauge(checkpointDesc, float64(signed))
	if at != 0 {
		gauge(signedDesc, float64(at)/1e9)
	}
}
