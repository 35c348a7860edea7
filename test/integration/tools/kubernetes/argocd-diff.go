package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/argoproj/gitops-engine/pkg/diff"
	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
)

// manager is the field manager under which Argo CD applies on the server side.
const manager = "argocd-controller"

// outOfSync is an object that Argo CD would show as OutOfSync, as it is and as it would be after a sync.
type outOfSync struct {
	Object    string          `json:"object"`
	Mode      string          `json:"mode"`
	Live      json.RawMessage `json:"live"`
	Predicted json.RawMessage `json:"predicted"`
}

// newDiffCommand compares the objects of standard input, one as JSON a line, with those of the cluster, as Argo CD's
// engine does: by what was applied last ("client"), by a merge of its own ("merge", for applications that sync with
// ServerSideApply=true), or by a dry run on the server ("server"). It prints what differs, one as JSON a line.
func newDiffCommand() *cobra.Command {
	return &cobra.Command{
		Use:          "argocd-diff kubeconfig mode...",
		Args:         cobra.MinimumNArgs(2),
		SilenceUsage: true,
		RunE: func(_ *cobra.Command, args []string) error {
			cluster, err := connect(args[0])
			if err != nil {
				return err
			}
			input, output := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
			for {
				config := &unstructured.Unstructured{}
				if err := input.Decode(config); errors.Is(err, io.EOF) {
					return nil
				} else if err != nil {
					return err
				}
				for _, mode := range args[1:] {
					found, err := cluster.compare(config, mode)
					if err != nil {
						return err
					}
					if found != nil {
						if err := output.Encode(found); err != nil {
							return err
						}
					}
				}
			}
		},
	}
}

type cluster struct {
	client dynamic.Interface
	mapper meta.RESTMapper
	parser *managedfields.GvkParser
}

func connect(kubeconfig string) (*cluster, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 500, 500
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	known, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	_, parser, err := (&kube.KubectlCmd{}).LoadOpenAPISchema(config)
	if err != nil {
		return nil, err
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(known))
	return &cluster{client: client, mapper: mapper, parser: parser}, nil
}

func (c *cluster) resource(object *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	gvk := object.GroupVersionKind()
	mapping, err := c.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if err != nil {
		return nil, err
	}
	if mapping.Scope.Name() == meta.RESTScopeNameRoot {
		return c.client.Resource(mapping.Resource), nil
	}
	return c.client.Resource(mapping.Resource).Namespace(object.GetNamespace()), nil
}

// Run applies on the server side without keeping the result.
func (c *cluster) Run(ctx context.Context, object *unstructured.Unstructured, manager string) (string, error) {
	resource, err := c.resource(object)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(object)
	if err != nil {
		return "", err
	}
	force := true
	options := metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}, FieldManager: manager, Force: &force}
	applied, err := resource.Patch(ctx, object.GetName(), types.ApplyPatchType, body, options)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(applied)
	return string(text), err
}

func (c *cluster) compare(config *unstructured.Unstructured, mode string) (*outOfSync, error) {
	resource, err := c.resource(config)
	if err != nil {
		return nil, err
	}
	live, err := resource.Get(context.Background(), config.GetName(), metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	options := []diff.Option{diff.WithGVKParser(c.parser), diff.WithManager(manager)}
	switch mode {
	case "client":
	case "merge":
		options = append(options, diff.WithStructuredMergeDiff(true))
	case "server":
		options = append(options, diff.WithServerSideDiff(true), diff.WithServerSideDryRunner(c))
	default:
		return nil, fmt.Errorf("expected the mode client, merge or server, got %q", mode)
	}
	result, err := diff.Diff(config.DeepCopy(), live, options...)
	if err != nil || !result.Modified {
		return nil, err
	}
	name := config.GetKind() + "/" + config.GetName()
	return &outOfSync{Object: name, Mode: mode, Live: result.NormalizedLive, Predicted: result.PredictedLive}, nil
}
