/**
 * Stands in for the plugin of `@pulumi/kubernetes`, which no package registry has: the engine talks to it as to that
 * one, and it hands the arguments of each resource to the API server as they are. It does not wait for pods.
 */

import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type * as Protocol from '@pulumi/pulumi/proto/provider_pb.js';
import type { ControlPlane } from './control-plane.ts';
import { temporaryFolder } from './generated.ts';

/** The packages that Pulumi itself has for this. */
const fromPulumi = createRequire(createRequire(import.meta.url).resolve('@pulumi/pulumi'));
const grpc = fromPulumi('@grpc/grpc-js');
const { Struct } = fromPulumi('google-protobuf/google/protobuf/struct_pb.js');
const { Empty } = fromPulumi('google-protobuf/google/protobuf/empty_pb.js');
const { ResourceProviderService } = fromPulumi('@pulumi/pulumi/proto/provider_grpc_pb.js');
const { PluginInfo } = fromPulumi('@pulumi/pulumi/proto/plugin_pb.js');
const protocol: typeof Protocol = fromPulumi('@pulumi/pulumi/proto/provider_pb.js');

export interface Provider {
  /** For `PULUMI_DEBUG_PROVIDERS`. */
  port: number;
  stop(): void;
}

type Properties = Record<string, unknown>;

export async function startProvider({ kubectl }: ControlPlane): Promise<Provider> {
  const folder = temporaryFolder();
  let files = 0;
  const file = (object: unknown): string => {
    files += 1;
    const path = join(folder, `${files}.json`);
    writeFileSync(path, JSON.stringify(object));
    return path;
  };
  const apply = async (object: Properties): Promise<{ id: string; properties: Properties }> => {
    const options = ['--server-side', '--field-manager=pulumi', '--force-conflicts', '--validate=false', '-o', 'json'];
    const { metadata } = JSON.parse(await kubectl('apply', ...options, '-f', file(object)));
    const { namespace, name } = metadata;
    // Of the rest the engine would not know what is a secret.
    return { id: namespace ? `${namespace}/${name}` : name, properties: { ...object, metadata } };
  };

  const server = new grpc.Server();
  server.addService(ResourceProviderService, {
    ...answers({
      attach: () => new Empty(),
      cancel: () => new Empty(),
      getPluginInfo: () => Object.assign(new PluginInfo()),
      configure: () => new protocol.ConfigureResponse(),
      checkConfig: (request: Protocol.CheckRequest) => checked(request),
      diffConfig: () => new protocol.DiffResponse(),
      check: (request: Protocol.CheckRequest) => checked(request),
      diff: (request: Protocol.DiffRequest) => {
        const response = new protocol.DiffResponse();
        const same = isDeepStrictEqual(plain(request.getOldInputs()), plain(request.getNews()));
        const { DIFF_NONE, DIFF_SOME } = protocol.DiffResponse.DiffChanges;
        response.setChanges(same ? DIFF_NONE : DIFF_SOME);
        return response;
      },
      create: async (request: Protocol.CreateRequest) => {
        const inputs = plain(request.getProperties());
        const { id, properties } = request.getPreview() ? { id: '', properties: inputs } : await apply(inputs);
        const response = new protocol.CreateResponse();
        response.setId(id);
        response.setProperties(Struct.fromJavaScript(properties));
        return response;
      },
      update: async (request: Protocol.UpdateRequest) => {
        const inputs = plain(request.getNews());
        const response = new protocol.UpdateResponse();
        const { properties } = request.getPreview() ? { properties: inputs } : await apply(inputs);
        response.setProperties(Struct.fromJavaScript(properties));
        return response;
      },
      delete: async (request: Protocol.DeleteRequest) => {
        await kubectl('delete', '--ignore-not-found', '-f', file(plain(request.getOldInputs())));
        return new Empty();
      },
    }),
  });
  const port = await new Promise<number>((resolve, reject) => {
    const bound = (error: Error | null, number: number) => (error ? reject(error) : resolve(number));
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), bound);
  });
  return { port, stop: () => server.forceShutdown() };
}

function plain(properties: { toJavaScript(): Properties } | undefined): Properties {
  return properties?.toJavaScript() ?? {};
}

function checked(request: Protocol.CheckRequest): Protocol.CheckResponse {
  const response = new protocol.CheckResponse();
  response.setInputs(request.getNews());
  return response;
}

type Call<Request> = (
  call: { request: Request },
  callback: (error: Error | null, response?: unknown) => void,
) => Promise<void>;

/** Functions as gRPC calls them. */
function answers<Request>(methods: Record<string, (request: never) => unknown>): Record<string, Call<Request>> {
  const call = (method: (request: never) => unknown): Call<Request> => {
    return async ({ request }, callback) => {
      try {
        callback(null, await method(request as never));
      } catch (error) {
        callback(error as Error);
      }
    };
  };
  return Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, call(method)]));
}
