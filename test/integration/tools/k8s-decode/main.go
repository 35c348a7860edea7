// Command k8s-decode reads a stream of Kubernetes objects as the API server would before it admits them: each into
// its Go type, strictly, so that an unknown field, a field given twice or a value of the wrong type is an error.
// Knative's objects are validated too, as its webhook does. It prints what was decoded, a JSON object a line. No server
// is needed.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
	"knative.dev/pkg/apis"
	serving "knative.dev/serving/pkg/apis/serving/v1"
)

func init() {
	if err := serving.AddToScheme(scheme.Scheme); err != nil {
		panic(err)
	}
}

func main() {
	if err := decode(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "k8s-decode:", err)
		os.Exit(1)
	}
}

func decode(in io.Reader, out io.Writer) error {
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	documents := yaml.NewYAMLReader(bufio.NewReader(in))
	encoder := json.NewEncoder(out)
	for number := 1; ; number++ {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if isEmpty(document) {
			continue
		}
		object, _, err := decoder.Decode(document, nil, nil)
		if err != nil {
			return fmt.Errorf("document %d: %w", number, err)
		}
		if err := validate(object.DeepCopyObject()); err != nil {
			return fmt.Errorf("document %d: %w", number, err)
		}
		if err := encoder.Encode(object); err != nil {
			return err
		}
	}
}

// validate gives a Knative object its defaults and asks it what is wrong with it, as Knative's webhooks do; warnings
// apart. Other objects bring no rules of their own.
func validate(object runtime.Object) error {
	ctx := context.Background()
	if defaultable, ok := object.(apis.Defaultable); ok {
		defaultable.SetDefaults(ctx)
	}
	if validatable, ok := object.(apis.Validatable); ok {
		if problem := validatable.Validate(ctx).Filter(apis.ErrorLevel); problem != nil {
			return problem
		}
	}
	return nil
}

// isEmpty tells a document of nothing but comments, which kubectl passes over too.
func isEmpty(document []byte) bool {
	json, err := yaml.ToJSON(document)
	return err == nil && string(json) == "null"
}
