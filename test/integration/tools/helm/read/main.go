// Command read reads sets of YAML files from standard input, a JSON object of texts by path a line, and prints what
// go-yaml makes of each document, a JSON object of lists by path a line: go-yaml 3, and Kubernetes' own fork of go-yaml
// 2 behind "k8s:". A set with a Chart.yaml is rendered by Helm's engine first, once for each of its files of values,
// against its schema.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	v3 "go.yaml.in/yaml/v3"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	k8s "sigs.k8s.io/yaml"
)

func main() {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var files map[string]string
		if err := in.Decode(&files); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		if err := out.Encode(read(files)); err != nil {
			log.Fatal(err)
		}
	}
}

func read(files map[string]string) map[string]any {
	found := map[string]any{}
	if _, isChart := files["Chart.yaml"]; isChart {
		rendered, err := render(files)
		if err != nil {
			found["helm"] = err.Error()
		}
		for path, text := range files {
			if !strings.HasPrefix(path, "templates/") {
				rendered[path] = text
			}
		}
		files = rendered
	}
	for path, text := range files {
		if !strings.HasSuffix(path, ".yaml") {
			continue
		}
		found[path] = documents(text)
		for _, document := range strings.Split("\n"+text, "\n---\n") {
			var value any
			if err := k8s.Unmarshal([]byte(document), &value); err != nil {
				value = "error: " + err.Error()
			}
			list, _ := found["k8s:"+path].([]any)
			found["k8s:"+path] = append(list, value)
		}
	}
	return found
}

func documents(text string) []any {
	decoder := v3.NewDecoder(bytes.NewReader([]byte(text)))
	list := []any{}
	for {
		var value any
		if err := decoder.Decode(&value); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			return append(list, "error: "+err.Error())
		}
		list = append(list, plain(value))
	}
}

// plain has keys of every kind as JSON has them.
func plain(value any) any {
	switch value := value.(type) {
	case map[any]any:
		return plain(texts(value))
	case map[string]any:
		for key, member := range value {
			value[key] = plain(member)
		}
	case []any:
		for index, member := range value {
			value[index] = plain(member)
		}
	}
	return value
}

func texts(value map[any]any) map[string]any {
	named := map[string]any{}
	for key, member := range value {
		named[fmt.Sprintf("%T:%v", key, key)] = member
	}
	return named
}

func render(files map[string]string) (map[string]string, error) {
	all := map[string]string{}
	buffered := []*archive.BufferedFile{}
	for path, text := range files {
		buffered = append(buffered, &archive.BufferedFile{Name: path, Data: []byte(text)})
	}
	chart, err := loader.LoadFiles(buffered)
	if err != nil {
		return all, err
	}
	for path, text := range files {
		if !strings.HasPrefix(path, "values") || !strings.HasSuffix(path, ".yaml") {
			continue
		}
		values, err := common.ReadValues([]byte(text))
		if err != nil {
			return all, err
		}
		release := common.ReleaseOptions{Name: "hostile", Namespace: "hostile", Revision: 1, IsInstall: true}
		top, err := util.ToRenderValues(chart, values, release, nil)
		if err != nil {
			return all, err
		}
		rendered, err := engine.Render(chart, top)
		if err != nil {
			return all, err
		}
		for name, text := range rendered {
			all[path+":"+name] = text
		}
	}
	return all, nil
}
