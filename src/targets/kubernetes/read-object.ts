/** The parts of an object of Kubernetes that are looked at when files are read back. */

export interface ReadObject {
  kind?: string;
  metadata?: { name?: string };
  data?: Record<string, string>;
  resources?: string[];
  spec?: { template?: { spec?: ReadPod } };
}

export interface ReadPod {
  containers?: ReadContainer[];
  volumes?: { name: string; configMap?: { name?: string }; emptyDir?: { medium?: string; sizeLimit?: string } }[];
}

export interface ReadContainer {
  name: string;
  args?: string[];
  env?: { name: string; value?: string }[];
  envFrom?: { configMapRef?: { name: string } }[];
  ports?: { name?: string }[];
  resources?: { limits?: ReadQuantities; requests?: ReadQuantities };
  volumeMounts?: { name: string; mountPath: string }[];
}

export interface ReadQuantities {
  cpu?: string;
  memory?: string;
}
