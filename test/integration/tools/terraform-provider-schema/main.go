// Command terraform-provider-schema stands in for a Terraform provider: it serves the schema that it is given, so that
// Terraform itself checks a configuration against it, and keeps what is applied as the state, in no system at all.
//
// PROVIDER_SCHEMA names the file: {"provider": {"name": "hashicorp/kubernetes", "block": …}, "resources": {type: block}},
// blocks as `terraform providers schema -json` prints them.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func main() {
	if err := serve(os.Getenv("PROVIDER_SCHEMA")); err != nil {
		fmt.Fprintln(os.Stderr, "terraform-provider-schema:", err)
		os.Exit(1)
	}
}

func serve(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var file struct {
		Provider struct {
			Name  string
			Block block
		}
		Resources map[string]block
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return err
	}
	schemas := &tfprotov6.GetProviderSchemaResponse{
		Provider:        &tfprotov6.Schema{Block: file.Provider.Block.schema()},
		ResourceSchemas: map[string]*tfprotov6.Schema{},
	}
	for name, resource := range file.Resources {
		schemas.ResourceSchemas[name] = &tfprotov6.Schema{Block: resource.schema()}
	}
	return tf6server.Serve("registry.terraform.io/"+file.Provider.Name, func() tfprotov6.ProviderServer {
		return &server{schemas: schemas}
	})
}

// block is what `terraform providers schema -json` prints of one.
type block struct {
	Attributes map[string]struct {
		Type                         json.RawMessage
		Required, Optional, Computed bool
		Sensitive                    bool
	}
	BlockTypes map[string]struct {
		Block       block
		NestingMode string `json:"nesting_mode"`
		MinItems    int64  `json:"min_items"`
		MaxItems    int64  `json:"max_items"`
	} `json:"block_types"`
}

var nestings = map[string]tfprotov6.SchemaNestedBlockNestingMode{
	"single": tfprotov6.SchemaNestedBlockNestingModeSingle,
	"list":   tfprotov6.SchemaNestedBlockNestingModeList,
	"set":    tfprotov6.SchemaNestedBlockNestingModeSet,
}

func (b block) schema() *tfprotov6.SchemaBlock {
	schema := &tfprotov6.SchemaBlock{}
	for name, attribute := range b.Attributes {
		attributeType, err := tftypes.ParseJSONType(attribute.Type) //nolint:staticcheck // there is no other
		if err != nil {
			panic(fmt.Sprintf("%s: %v", name, err))
		}
		schema.Attributes = append(schema.Attributes, &tfprotov6.SchemaAttribute{
			Name:      name,
			Type:      attributeType,
			Required:  attribute.Required,
			Optional:  attribute.Optional,
			Computed:  attribute.Computed,
			Sensitive: attribute.Sensitive,
		})
	}
	for name, nested := range b.BlockTypes {
		nesting, known := nestings[nested.NestingMode]
		if !known {
			panic(fmt.Sprintf("%s: unknown nesting %q", name, nested.NestingMode))
		}
		schema.BlockTypes = append(schema.BlockTypes, &tfprotov6.SchemaNestedBlock{
			TypeName: name,
			Block:    nested.Block.schema(),
			Nesting:  nesting,
			MinItems: nested.MinItems,
			MaxItems: nested.MaxItems,
		})
	}
	return schema
}

// server answers what Terraform asks for a plan and an apply; it panics where it is asked for anything else.
type server struct {
	tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
}

func (s *server) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	metadata := &tfprotov6.GetMetadataResponse{}
	for name := range s.schemas.ResourceSchemas {
		metadata.Resources = append(metadata.Resources, tfprotov6.ResourceMetadata{TypeName: name})
	}
	return metadata, nil
}

func (s *server) GetProviderSchema(
	context.Context, *tfprotov6.GetProviderSchemaRequest,
) (*tfprotov6.GetProviderSchemaResponse, error) {
	return s.schemas, nil
}

func (s *server) GetResourceIdentitySchemas(
	context.Context, *tfprotov6.GetResourceIdentitySchemasRequest,
) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (s *server) ValidateProviderConfig(
	_ context.Context, req *tfprotov6.ValidateProviderConfigRequest,
) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: req.Config}, nil
}

func (s *server) ConfigureProvider(
	context.Context, *tfprotov6.ConfigureProviderRequest,
) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (s *server) StopProvider(
	context.Context, *tfprotov6.StopProviderRequest,
) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

func (s *server) ValidateResourceConfig(
	context.Context, *tfprotov6.ValidateResourceConfigRequest,
) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

func (s *server) UpgradeResourceState(
	_ context.Context, req *tfprotov6.UpgradeResourceStateRequest,
) (*tfprotov6.UpgradeResourceStateResponse, error) {
	resourceType := s.schemas.ResourceSchemas[req.TypeName].ValueType()
	value, err := req.RawState.Unmarshal(resourceType)
	if err != nil {
		return nil, err
	}
	state, err := tfprotov6.NewDynamicValue(resourceType, value)
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &state}, err
}

func (s *server) ReadResource(
	_ context.Context, req *tfprotov6.ReadResourceRequest,
) (*tfprotov6.ReadResourceResponse, error) {
	return &tfprotov6.ReadResourceResponse{NewState: req.CurrentState}, nil
}

func (s *server) PlanResourceChange(
	_ context.Context, req *tfprotov6.PlanResourceChangeRequest,
) (*tfprotov6.PlanResourceChangeResponse, error) {
	return &tfprotov6.PlanResourceChangeResponse{PlannedState: req.ProposedNewState}, nil
}

func (s *server) ApplyResourceChange(
	_ context.Context, req *tfprotov6.ApplyResourceChangeRequest,
) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return &tfprotov6.ApplyResourceChangeResponse{NewState: req.PlannedState}, nil
}
