// Trillian's log server, admin server and sequencer in one process, on Trillian's own storage in memory: its own
// programs want a database. The certificate log and Rekor v1 keep their trees here. Argument: the address to listen on.
package main

import (
	"context"
	"io"
	"log"
	"net"
	"os"
	"time"

	"google.golang.org/grpc"
	"k8s.io/klog/v2"

	"github.com/google/trillian"
	"github.com/google/trillian/extension"
	sequencer "github.com/google/trillian/log"
	"github.com/google/trillian/monitoring"
	"github.com/google/trillian/quota"
	"github.com/google/trillian/server"
	"github.com/google/trillian/server/admin"
	"github.com/google/trillian/server/interceptor"
	"github.com/google/trillian/storage/memory"
	"github.com/google/trillian/util/clock"
	"github.com/google/trillian/util/election2"
)

const (
	sequencingInterval = 50 * time.Millisecond
	leavesAtOnce       = 500
)

func main() {
	// The storage in memory complains each time that there is nothing to sequence.
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)

	trees := memory.NewTreeStorage()
	metrics := monitoring.InertMetricFactory{}
	parts := extension.Registry{
		AdminStorage:    memory.NewAdminStorage(trees),
		LogStorage:      memory.NewLogStorage(trees, metrics),
		QuotaManager:    quota.Noop(),
		MetricFactory:   metrics,
		ElectionFactory: election2.NoopFactory{},
	}
	go sequence(parts)

	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}

	// Without the wrapper clients are told "unknown" where they wait for "already exists".
	rpc := grpc.NewServer(grpc.UnaryInterceptor(interceptor.ErrorWrapper))
	trillian.RegisterTrillianAdminServer(rpc, admin.New(parts, nil))
	trillian.RegisterTrillianLogServer(rpc, server.NewTrillianLogRPCServer(parts, clock.System))
	log.Fatal(rpc.Serve(listener))
}

func sequence(parts extension.Registry) {
	manager := sequencer.NewOperationManager(
		sequencer.OperationInfo{
			Registry:    parts,
			BatchSize:   leavesAtOnce,
			NumWorkers:  2,
			RunInterval: sequencingInterval,
			TimeSource:  clock.System,
		},
		sequencer.NewSequencerManager(parts, 0))
	manager.OperationLoop(context.Background())
}
