/** Generated Kubernetes files as objects. */
import { run } from './run.ts';
import { buildTool, findKubectl } from './tools.ts';

/** The fields that the tests look at. */
export interface KubernetesObject {
  kind: string;
  metadata: { name: string; namespace?: string };
  data?: Record<string, string>;
  spec?: { template?: { spec: PodSpec } };
}

export interface PodSpec {
  securityContext: { runAsUser: number; runAsGroup: number };
  containers: Container[];
  volumes?: Volume[];
}

interface Container {
  image: string;
  args?: string[];
  env?: { name: string; value?: string }[];
  envFrom?: { configMapRef?: { name: string } }[];
  resources: { limits: { memory: string } };
  volumeMounts?: { name: string; mountPath: string }[];
}

interface Volume {
  name: string;
  configMap?: { name: string };
}

/** What kubectl applies for a folder. */
export async function kustomize(folder: string): Promise<KubernetesObject[]> {
  return decode(await run(await findKubectl(), ['kustomize', folder]));
}

/**
 * Objects from a stream of YAML documents, decoded as strictly as the API server does, without one.
 * (`kubectl create --dry-run=client` is no help: it asks a server which kinds there are.)
 */
export async function decode(stream: string): Promise<KubernetesObject[]> {
  const lines = (await run(await buildTool('k8s-decode'), [], { input: stream })).trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}
