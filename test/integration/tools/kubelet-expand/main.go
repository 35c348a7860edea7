// Reads a container as JSON and prints what the kubelet makes of its variables, its command, its arguments and the
// command of its liveness probe, with the kubelet's own expansion.
package main

import (
	"encoding/json"
	"log"
	"os"

	"k8s.io/kubernetes/third_party/forked/golang/expansion"
)

type container struct {
	Env           []struct{ Name, Value string }
	Command, Args []string
	LivenessProbe struct {
		Exec struct{ Command []string }
	}
}

type process struct {
	Env     map[string]string `json:"env"`
	Command []string          `json:"command"`
	Probe   []string          `json:"probe"`
}

func main() {
	var in container
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		log.Fatal(err)
	}
	out := process{Env: map[string]string{}}
	expand := func(words []string) []string {
		expanded := []string{}
		for _, word := range words {
			expanded = append(expanded, expansion.Expand(word, expansion.MappingFuncFor(out.Env)))
		}
		return expanded
	}
	for _, variable := range in.Env {
		out.Env[variable.Name] = expand([]string{variable.Value})[0]
	}
	out.Command = append(expand(in.Command), expand(in.Args)...)
	out.Probe = expand(in.LivenessProbe.Exec.Command)
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		log.Fatal(err)
	}
}
