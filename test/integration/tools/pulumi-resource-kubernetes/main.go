// Command pulumi-resource-kubernetes is the plugin of @pulumi/kubernetes. It lacks the schema, which is generated when
// the plugin is released: programs of Node.js carry their own, and only an import of what exists already reads it.
package main

import (
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

func main() {
	provider.Serve("kubernetes", version.Version, []byte("{}"), []byte("{}"))
}
