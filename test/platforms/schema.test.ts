import { describe, expect, it } from 'vitest';
import type { SizewrightError } from '../../src/errors/errors.ts';
import type { Machine } from '../../src/hardware/profile.ts';
import { machinePlatform } from '../../src/platforms/index.ts';
import { synthesize } from '../../src/synth.ts';
import { packageFiles } from '../commands.ts';
import { loadPlatform, planAll } from '../gathered.ts';
import { errorOf, memoryFiles } from '../samples.ts';

const BOX: Machine = {
  kind: 'machine',
  name: 'box',
  provider: 'other',
  cpuMillis: 16_000,
  memoryMiB: 32_768,
  threadsPerCore: 1,
  architecture: 'amd64',
  gpus: 0,
};

async function allocatable(text: string, file = 'onprem.yaml') {
  const platform = loadPlatform(memoryFiles({ [file]: text }), file);
  const { reservations, ...rest } = machinePlatform(platform).allocatable(BOX);
  const taken = reservations.map(({ name, cpuMillis, memoryMiB }) => [name, cpuMillis, memoryMiB]);
  return { name: platform.name, taken, ...rest };
}

describe("a kubelet of the user's own", () => {
  it("as the Kubernetes documentation's example is configured", async () => {
    const file = `
platform: onprem
source: the node's Ansible role
kubeReserved: { cpu: 1, memory: 2Gi }
systemReserved: { cpu: 500m, memory: 1Gi }
evictionHard: { memory.available: 500Mi }
everyNode: { cpu: 0, memory: 0 }
maxPods: 58
`;
    expect(await allocatable(file)).toEqual({
      name: 'onprem',
      taken: [
        ['kube-reserved', 1000, 2048],
        ['system-reserved', 500, 1024],
        ['eviction threshold', 0, 500],
        ['every node', 0, 0],
      ],
      // 16,000 - 1,500; 32,768 - 2,048 - 1,024 - 500
      cpuMillis: 14_500,
      memoryMiB: 29_196,
      maxPods: 58,
    });
  });

  it('what is left out is as a kubelet does by default, beside what is assumed to run on every node', async () => {
    expect(await allocatable('platform: onprem')).toEqual({
      name: 'onprem',
      taken: [
        ['kube-reserved', 0, 0],
        ['eviction threshold', 0, 100],
        ['every node', 300, 512],
      ],
      cpuMillis: 15_700,
      // 32,768 - 100 - 512
      memoryMiB: 32_156,
      maxPods: 110,
    });
  });

  it("is the kubelet's own file too, named as that is", async () => {
    const file = `
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
clusterDNS: [10.96.0.10]
kubeReserved: { cpu: 250m, memory: 1500Ki, ephemeral-storage: 1Gi, pid: "1000" }
evictionHard: { memory.available: 2.5%, nodefs.available: 10% }
`;
    expect(await allocatable(file, '/etc/kubernetes/kubelet-config.yaml')).toEqual({
      name: 'kubelet-config',
      taken: [
        ['kube-reserved', 250, 2], // 1.46 MiB, rounded up
        ['eviction threshold', 0, 820], // 819.2
        ['every node', 300, 512],
      ],
      cpuMillis: 15_450,
      memoryMiB: 31_434,
      maxPods: 110,
    });
  });

  const JSON_FILE = `{
\t"kind": "KubeletConfiguration",
\t"apiVersion": "kubelet.config.k8s.io/v1beta1",
\t"clusterDNS": ["10.100.0.10"],
\t"evictionHard": { "memory.available": "100Mi", "nodefs.available": "10%", "nodefs.inodesFree": "5%" },
\t"kubeReserved": { "cpu": "70m", "ephemeral-storage": "1Gi", "memory": "574Mi" },
\t"maxPods": 29, "evictionSoft": null, "registerWithTaints": []
}`;
  const KINDS = {
    'as nodeadm writes it': { file: JSON_FILE, reserved: [70, 574], eviction: 100, maxPods: 29 },
    'with Windows line ends and a byte order mark': {
      file: `\ufeff${JSON_FILE.replaceAll('\n', '\r\n')}`,
      reserved: [70, 574],
      eviction: 100,
      maxPods: 29,
    },
    'behind the documents of kubeadm, its kind in quotes': {
      file: `kind: ClusterConfiguration\nkubernetesVersion: v1.34.0\n---\napiVersion: v1\n"kind": 'KubeletConfiguration'\nkubeReserved: {cpu: 1.0, memory: 1073741824}\n`,
      reserved: [1000, 1024],
      eviction: 100,
      maxPods: 110,
    },
    'with zeros for defaults, as Go writes them': {
      file: 'kind: KubeletConfiguration\nmaxPods: 0\npodsPerCore: 0\nkubeReserved: {}\nsystemReserved: null\n',
      reserved: [0, 0],
      eviction: 100,
      maxPods: 110,
    },
    // 16 cores x 4
    'pods per core': {
      file: 'kind: KubeletConfiguration\nmaxPods: 250\npodsPerCore: 4\n',
      reserved: [0, 0],
      eviction: 100,
      maxPods: 64,
    },
    // 1.25 % of 32,768 MiB is 409.6
    'a percentage with decimals, decimal units': {
      file: "kind: KubeletConfiguration\nkubeReserved: {cpu: 5e-1, memory: 512M}\nevictionHard: {memory.available: '1.25%'}\n",
      reserved: [500, 489],
      eviction: 410,
      maxPods: 110,
    },
    'default signals merged in': {
      file: 'kind: KubeletConfiguration\nmergeDefaultEvictionSettings: true\nevictionHard: {nodefs.available: 5%}\n',
      reserved: [0, 0],
      eviction: 100,
      maxPods: 110,
    },
    'an eviction threshold that is switched off': {
      file: 'kind: KubeletConfiguration\nevictionHard: {memory.available: 0%}\n',
      reserved: [0, 0],
      eviction: 0,
      maxPods: 110,
    },
  };
  it.each(Object.entries(KINDS))("is the kubelet's own file %s", async (_, { file, reserved, eviction, maxPods }) => {
    const found = await allocatable(file, '/etc/kubernetes/kubelet/40-nodeadm.conf');
    expect(found.name).toBe('nodeadm');
    expect(found.taken).toContainEqual(['kube-reserved', ...reserved]);
    expect(found.taken).toContainEqual(['eviction threshold', 0, eviction]);
    expect(found.maxPods).toBe(maxPods);
  });

  it('reserved CPUs stand for what is reserved of the CPU, as a kubelet takes them', async () => {
    const file =
      'kind: KubeletConfiguration\nreservedSystemCPUs: 0-1,8\nkubeReserved: {cpu: 200m, memory: 1Gi}\nsystemReserved: {cpu: 1, memory: 512Mi}\n';
    const { taken } = await allocatable(file);
    expect(taken.slice(0, 2)).toEqual([
      ['kube-reserved', 0, 1024],
      ['system-reserved', 3000, 512],
    ]);
  });

  it('told of other signals only, it does not evict for memory', async () => {
    const { taken } = await allocatable('platform: onprem\nevictionHard: { nodefs.available: 10% }');
    expect(taken).toContainEqual(['eviction threshold', 0, 0]);
  });

  it.each([
    ['platform: eks', 'onprem.yaml:1: platform: expected a name of at most 63'],
    ['platform: On_Prem', 'onprem.yaml:1: platform: expected a name of at most 63'],
    [
      'platform: a\nkubeReserved: { cpu: much }',
      'onprem.yaml:2: kubeReserved.cpu: expected cpu as a Kubernetes quantity',
    ],
    [
      'platform: a\nsystemReserved: { memory: 1GB }',
      'onprem.yaml:2: systemReserved.memory: expected memory as a Kubernetes quantity',
    ],
    ['platform: a\nevictionHard: { memory.available: 101% }', 'onprem.yaml:2: evictionHard.memory.available: expected'],
    ['platform: a\nmaxPods: 0', 'onprem.yaml:2: maxPods: expected at least 1, got 0'],
    [
      'kind: KubeletConfiguration\nreservedSystemCPUs: all',
      'onprem.yaml:2: reservedSystemCPUs: expected a list of CPUs such as 0-1,8, got "all"',
    ],
  ])('%s', async (text, message) => {
    const error = await errorOf(() => loadPlatform(memoryFiles({ 'onprem.yaml': text }), 'onprem.yaml'));
    expect((error as SizewrightError).message).toContain(message);
  });
});

describe('planning on it', () => {
  const files = packageFiles({
    'nodes/onprem.yaml': 'platform: onprem\nkubeReserved: { cpu: 1, memory: 2Gi }',
    'other.yaml': 'platform: onprem',
  });

  it('flags go before the file, and the files say how to make them again', async () => {
    const { plans, artifacts } = await synthesize(
      { profiles: ['m7i.2xlarge'], platforms: ['nodes/onprem.yaml'], kubeReserved: 'cpu=2,memory=1Gi' },
      files,
    );
    expect(plans[0]!.machines[0]!.reservations.map(({ name, cpuMillis }) => [name, cpuMillis])).toEqual([
      ['guest overhead', 0],
      ['kube-reserved', 2000],
      ['eviction threshold', 0],
      ['every node', 300],
    ]);
    const { contents } = artifacts.find(({ path }) =>
      path.endsWith('m7i.2xlarge/onprem/kubernetes/api/deployment.yaml'),
    )!;
    expect(contents.split('\n')[1]).toBe(
      '# make again: sizewright synth --profile m7i.2xlarge --kube-reserved cpu=2,memory=1Gi --platform nodes/onprem.yaml',
    );
  });

  it('two of the same name would share a folder', async () => {
    const error = await errorOf(() =>
      planAll({ profiles: ['m7i.2xlarge'] }, ['nodes/onprem.yaml', 'other.yaml'], files),
    );
    expect(error.message).toBe('--platform: expected platforms of different names, got two named onprem; rename one');
  });
});
