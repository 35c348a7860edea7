// Command read reads files from standard input, a JSON object of texts by path a line, and prints what Docker's own
// readers make of each, a JSON object by path a line: Compose files as the project that is started, interpolated;
// files of variables as Compose and as `docker run --env-file` read them.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"
	"path"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/docker/cli/pkg/kvfile"
	"github.com/sirupsen/logrus"
)

func main() {
	logrus.SetOutput(io.Discard)
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var files map[string]string
		if err := in.Decode(&files); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		found := map[string]any{}
		for name, text := range files {
			switch {
			case strings.HasSuffix(name, ".yaml"):
				found[name] = orError(project(text))
			case path.Ext(name) == ".env":
				found["compose:"+name] = orError(dotenv.Parse(strings.NewReader(text)))
				found["docker:"+name] = orError(kvfile.ParseFromReader(strings.NewReader(text), nil))
			}
		}
		if err := out.Encode(found); err != nil {
			log.Fatal(err)
		}
	}
}

func orError[T any](value T, err error) any {
	if err != nil {
		return "error: " + err.Error()
	}
	return value
}

// project has the variables that operators give, each with its own name as its value.
func project(text string) (*types.Project, error) {
	details := types.ConfigDetails{
		WorkingDir:  "/project",
		ConfigFiles: []types.ConfigFile{{Filename: "compose.yaml", Content: []byte(text)}},
		Environment: types.Mapping{},
	}
	return loader.LoadWithContext(context.Background(), details, func(options *loader.Options) {
		options.SkipConsistencyCheck = true
		options.SkipResolveEnvironment = true
	})
}
