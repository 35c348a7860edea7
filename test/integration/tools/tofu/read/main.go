// Command read reads Terraform files from standard input, a JSON object of texts by path a line, and prints what HCL's
// own parser finds in each, a JSON object of lists by path a line: of native syntax the kinds and labels of blocks,
// names of attributes, references and literals in their order; of JSON syntax the same tree with its texts evaluated,
// where they refer to nothing.
package main

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"
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
		found := map[string]any{}
		for path, text := range files {
			if strings.HasSuffix(path, ".tf") {
				found[path] = native(text)
			} else if strings.HasSuffix(path, ".tf.json") {
				found[path] = inJSON(text)
			}
		}
		if err := out.Encode(found); err != nil {
			log.Fatal(err)
		}
	}
}

func native(text string) any {
	file, problems := hclsyntax.ParseConfig([]byte(text), "main.tf", hcl.InitialPos)
	if problems.HasErrors() {
		return "error: " + problems.Error()
	}
	found := list{}
	found.addBody(file.Body.(*hclsyntax.Body))
	return found.words
}

type list struct{ words []string }

// addBody goes through attributes and blocks as they are written: a body has them in no order.
func (found *list) addBody(body *hclsyntax.Body) {
	at := map[int]func(){}
	for _, attribute := range body.Attributes {
		at[attribute.Range().Start.Byte] = func() {
			found.words = append(found.words, attribute.Name)
			_ = hclsyntax.VisitAll(attribute.Expr, found.addExpression)
		}
	}
	for _, block := range body.Blocks {
		at[block.Range().Start.Byte] = func() {
			found.words = append(append(found.words, block.Type), block.Labels...)
			found.addBody(block.Body)
		}
	}
	for _, start := range slices.Sorted(maps.Keys(at)) {
		at[start]()
	}
}

func (found *list) addExpression(node hclsyntax.Node) hcl.Diagnostics {
	switch node := node.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		for _, step := range node.Traversal {
			switch step := step.(type) {
			case hcl.TraverseRoot:
				found.words = append(found.words, step.Name)
			case hcl.TraverseAttr:
				found.words = append(found.words, step.Name)
			}
		}
	case *hclsyntax.FunctionCallExpr:
		found.words = append(found.words, node.Name)
	case *hclsyntax.LiteralValueExpr:
		if node.Val.Type() == cty.String {
			found.words = append(found.words, node.Val.AsString())
		}
	}
	return nil
}

func inJSON(text string) any {
	if _, problems := hcljson.Parse([]byte(text), "main.tf.json"); problems.HasErrors() {
		return "error: " + problems.Error()
	}
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return "error: " + err.Error()
	}
	return evaluated(value)
}

func evaluated(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, member := range value {
			value[key] = evaluated(member)
		}
	case []any:
		for index, member := range value {
			value[index] = evaluated(member)
		}
	case string:
		template, problems := hclsyntax.ParseTemplate([]byte(value), "text", hcl.InitialPos)
		if problems.HasErrors() {
			return "error: " + problems.Error()
		}
		if len(template.Variables()) > 0 {
			return value
		}
		if result, problems := template.Value(nil); !problems.HasErrors() && result.Type() == cty.String {
			return result.AsString()
		}
	}
	return value
}
