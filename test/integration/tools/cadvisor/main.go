// Serves cAdvisor's container metrics, from cAdvisor's own packages.
package main

import (
	"flag"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/google/cadvisor/cache/memory"
	"github.com/google/cadvisor/container"
	_ "github.com/google/cadvisor/container/docker/install"
	v2 "github.com/google/cadvisor/info/v2"
	"github.com/google/cadvisor/manager"
	"github.com/google/cadvisor/metrics"
	"github.com/google/cadvisor/utils/sysfs"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"k8s.io/utils/clock"
)

func main() {
	address := flag.String("listen", "127.0.0.1:0", "address to listen on")
	flag.Parse()
	included := container.MetricSet{
		container.CpuUsageMetrics: struct{}{},
		container.MemoryUsageMetrics: struct{}{},
		container.OOMMetrics: struct{}{},
	}
	housekeeping := 2 * time.Second
	dynamic := false
	watcher, err := manager.New(memory.New(time.Minute, nil), sysfs.NewRealSysFs(),
		manager.HousekeepingConfig{Interval: &housekeeping, AllowDynamic: &dynamic}, included, http.DefaultClient, nil, nil, "", 0)
	if err != nil {
		log.Fatal(err)
	}
	if err := watcher.Start(); err != nil {
		log.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics.NewPrometheusCollector(watcher, metrics.DefaultContainerLabels, included, clock.RealClock{}, v2.RequestOptions{
		IdType: v2.TypeName, Count: 1, Recursive: true,
	}))
	http.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	log.SetOutput(os.Stderr)
	log.Fatal(http.ListenAndServe(*address, nil))
}
