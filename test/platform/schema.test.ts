import { describe, expect, it } from 'vitest';
import type { SizewrightError } from '../../src/errors.ts';
import { planAll } from '../../src/planning.ts';
import { machinePlatform } from '../../src/platform/index.ts';
import type { Machine } from '../../src/profile/profile.ts';
import { loadPlatform } from '../../src/sources/library.ts';
import { synthesize } from '../../src/synth.ts';
import { packageFiles } from '../commands.ts';
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
  const platform = await loadPlatform(memoryFiles({ [file]: text }), file);
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

  it('told of other signals only, it does not evict for memory', async () => {
    const { taken } = await allocatable('platform: onprem\nevictionHard: { nodefs.available: 10% }');
    expect(taken).toContainEqual(['eviction threshold', 0, 0]);
  });

  it.each([
    ['platform: eks', 'onprem.yaml:1: platform: expected a name of at most 63'],
    ['platform: On_Prem', 'onprem.yaml:1: platform: expected a name of at most 63'],
    ['platform: a\nkubeReserved: { cpu: much }', 'onprem.yaml:2: kubeReserved.cpu: expected CPU in cores'],
    ['platform: a\nsystemReserved: { memory: 1GB }', 'onprem.yaml:2: systemReserved.memory: expected memory in Mi'],
    ['platform: a\nevictionHard: { memory.available: 100% }', 'onprem.yaml:2: evictionHard.memory.available: expected'],
    ['platform: a\nmaxPods: 0', 'onprem.yaml:2: maxPods: expected at least 1, got 0'],
    [
      'kind: KubeletConfiguration\nreservedSystemCPUs: 0-3',
      'onprem.yaml:2: reservedSystemCPUs: expected no list of CPUs',
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
