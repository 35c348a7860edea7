/** A small valid document of every kind that a command reads, and the command that reads it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse } from 'yaml';
import type { Files } from '../../src/files/library.ts';
import { packageFiles, runCommand } from '../commands.ts';
import { DEMO_POLICY, DEMO_STACK } from '../samples.ts';

export interface Kind<T = unknown> {
  desc: string;
  document: T;
  argv: readonly string[];
  /** Of the document as text. */
  files(text: string): Files;
}

const DEMO = { 'stack.yaml': DEMO_STACK, 'policies/demo.yaml': DEMO_POLICY };
const plan = ['plan', '--stack', './stack.yaml', '--format', 'json'];
const onNodes = [...plan, '--profile', 'c6i.xlarge', '--platform', './nodes.yaml'];
const beside = (name: string, argv: readonly string[], user: Readonly<Record<string, string>> = DEMO) => ({
  argv,
  files: (text: string) => packageFiles({ ...user, [name]: text }),
});

/** What people and the kubelet write. */
const WRITTEN: readonly Kind[] = [
  {
    desc: 'a stack',
    document: parse(DEMO_STACK),
    ...beside('stack.yaml', [...plan, '--profile', '4cpu-8gi']),
  },
  {
    desc: 'a policy',
    document: parse(DEMO_POLICY),
    ...beside('policies/demo.yaml', [...plan, '--profile', '4cpu-8gi']),
  },
  {
    desc: "the kubelet's configuration",
    document: {
      kind: 'KubeletConfiguration',
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      address: '0.0.0.0',
      authentication: { anonymous: { enabled: false }, x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' } },
      clusterDNS: ['10.100.0.10'],
      kubeReserved: { cpu: '80m', 'ephemeral-storage': '1Gi', memory: '574Mi' },
      systemReserved: { cpu: '100m', memory: '1Gi' },
      evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '10%' },
      mergeDefaultEvictionSettings: true,
      maxPods: 58,
      podsPerCore: 10,
      reservedSystemCPUs: '0-1',
    },
    ...beside('nodes.yaml', onNodes),
  },
  {
    desc: 'nodes',
    document: {
      platform: 'onprem',
      source: 'https://example.com/nodes',
      kubeReserved: { cpu: '500m', memory: '1Gi' },
      systemReserved: { cpu: '100m', memory: '1Gi' },
      evictionHard: { 'memory.available': '200Mi' },
      maxPods: 58,
      podsPerCore: 10,
      everyNode: { cpu: '300m', memory: '512Mi' },
    },
    ...beside('nodes.yaml', onNodes),
  },
  {
    desc: 'overrides',
    document: { web: { WORKERS: 4, POOL_SIZE: { min: 2, max: 8 } } },
    ...beside('overrides.yaml', [...plan, '--profile', '4cpu-8gi', '--overrides', './overrides.yaml']),
  },
  {
    desc: 'a machine',
    document: { machine: { name: 'mine', cpu: '8', memory: '32Gi', baseline: '4', threadsPerCore: 2 } },
    ...beside('box.yaml', [...plan, '--profile', './box.yaml', '--platform', 'kubernetes']),
  },
  {
    desc: 'container limits',
    document: { container: { cpu: '4', memory: '8Gi', available: '7Gi' } },
    ...beside('box.yaml', [...plan, '--profile', './box.yaml']),
  },
  {
    desc: 'a family of machines',
    document: {
      provider: 'aws',
      family: 'c6i',
      source: 'https://example.com/c6i',
      architecture: 'amd64',
      threadsPerCore: 2,
      memoryMiBPerVcpu: 2048,
      enis: { '2': '3x10' },
      machines: [{ name: 'c6i.{size}', sizes: { large: 2, xlarge: 4 } }],
      except: { 'c6i.large': { memoryMiB: 4000 } },
    },
    ...beside('profiles/aws/c6i.yaml', ['profiles', 'list', '--family', 'c6i', '--format', 'json'], {}),
  },
];

const made = async (argv: readonly string[], files: Files) => (await runCommand(argv, { files })).out;
const PLAN = await made([...plan, '--profile', '4cpu-8gi'], packageFiles(DEMO));
const LIMIT = 'container_spec_memory_limit_bytes';
const METRICS = `${LIMIT}{name="shop-web-1",pod="web-0"} 4294967296\nup 1\n`;
const verifying = (...words: readonly string[]) => [
  'verify',
  '--plan',
  'plan.json',
  '--stack',
  './stack.yaml',
  ...words,
];
let answer = '';
const prometheus = createServer((_, response) => response.end(answer));
await new Promise<void>((resolve) => prometheus.listen(0, '127.0.0.1', resolve).unref());
const { port } = prometheus.address() as AddressInfo;
/** What is compared with what runs. */
const COMPARED: readonly Kind[] = [
  {
    desc: 'a plan',
    document: JSON.parse(PLAN),
    ...beside('plan.json', verifying('--metrics', 'metrics', '--format', 'json'), { ...DEMO, metrics: METRICS }),
  },
  {
    desc: 'a plan, for a pipeline',
    document: JSON.parse(PLAN),
    ...beside('plan.json', verifying('--metrics', 'metrics', '--format', 'github'), { ...DEMO, metrics: METRICS }),
  },
  {
    desc: 'an answer of a Prometheus',
    document: {
      status: 'success',
      data: {
        resultType: 'vector',
        result: [{ metric: { __name__: LIMIT, pod: 'web-0', container: 'web' }, value: [1795449897.5, '4294967296'] }],
      },
    },
    argv: verifying('--prometheus', `http://127.0.0.1:${port}`, '--format', 'json'),
    files: (text) => {
      answer = text;
      return packageFiles({ ...DEMO, 'plan.json': PLAN });
    },
  },
];

const importing = (provider: string) => ['profiles', 'import', './machines.json', '--provider', provider];
/** What the clouds' tools print of their machines. */
const MACHINES: readonly Kind[] = [
  {
    desc: 'machines of AWS',
    document: {
      InstanceTypes: [
        {
          InstanceType: 'c6i.large',
          VCpuInfo: { DefaultVCpus: 2, DefaultThreadsPerCore: 2 },
          MemoryInfo: { SizeInMiB: 4096 },
          ProcessorInfo: { SupportedArchitectures: ['x86_64'] },
          NetworkInfo: {
            NetworkCards: [{ NetworkCardIndex: 0, MaximumNetworkInterfaces: 3 }],
            Ipv4AddressesPerInterface: 10,
          },
          GpuInfo: { Gpus: [{ Count: 1 }] },
          BurstablePerformanceSupported: false,
        },
      ],
      NextToken: 'more',
    },
    ...beside('machines.json', importing('aws'), {}),
  },
  {
    desc: 'machines of GCP',
    document: [
      {
        name: 'n2-standard-2',
        guestCpus: 2,
        memoryMb: 8192,
        isSharedCpu: false,
        architecture: 'X86_64',
        accelerators: [{ guestAcceleratorType: 'a', guestAcceleratorCount: 1 }],
      },
    ],
    ...beside('machines.json', importing('gcp'), {}),
  },
  {
    desc: 'machines of Azure',
    document: [
      {
        name: 'Standard_D2s_v5',
        resourceType: 'virtualMachines',
        capabilities: [
          { name: 'vCPUs', value: '2' },
          { name: 'MemoryGB', value: '8' },
        ],
      },
    ],
    ...beside('machines.json', importing('azure'), {}),
  },
  {
    desc: 'machines of Azure against the catalogue',
    document: [{ name: 'Standard_D2s_v5', numberOfCores: 2, memoryInMB: 8192 }],
    ...beside('machines.json', [...importing('azure'), '--check'], {}),
  },
];

const fitting = (family: string) => [
  ...['fit', '--stack', './stack.yaml', '--family', family, '--vcpu', '2..8', '--prices', './prices', '--format'],
  'json',
];
const product = {
  sku: 'S',
  attributes: {
    instanceType: 'm5.xlarge',
    operatingSystem: 'Linux',
    tenancy: 'Shared',
    preInstalledSw: 'NA',
    capacitystatus: 'Used',
    regionCode: 'us-east-1',
  },
};
const dimension = { unit: 'Hrs', pricePerUnit: { USD: '0.1920000000' } };
const onDemand = { 'S.J': { priceDimensions: { 'S.J.6': dimension } } };
const sku = (description: string, nanos: number) => ({
  description,
  category: { usageType: 'OnDemand' },
  serviceRegions: ['europe-west1'],
  pricingInfo: [{ pricingExpression: { tieredRates: [{ unitPrice: { units: '0', nanos } }] } }],
});
/** Prices in the clouds' own shapes. */
const PRICES: readonly Kind[] = [
  {
    desc: "AWS' price list",
    document: { offerCode: 'AmazonEC2', products: { S: product }, terms: { OnDemand: { S: onDemand }, Reserved: {} } },
    ...beside('prices', fitting('m5')),
  },
  {
    desc: 'an answer of GetProducts',
    document: { PriceList: [{ product, terms: { OnDemand: onDemand } }], FormatVersion: 'aws_v1' },
    ...beside('prices', fitting('m5')),
  },
  {
    desc: "Azure's retail prices",
    document: {
      Items: [
        {
          armSkuName: 'Standard_D4s_v5',
          retailPrice: 0.192,
          armRegionName: 'westeurope',
          productName: 'Virtual Machines Dsv5 Series',
          skuName: 'D4s v5',
          unitOfMeasure: '1 Hour',
          type: 'Consumption',
        },
      ],
    },
    ...beside('prices', fitting('dsv5')),
  },
  {
    desc: "GCP's SKUs",
    document: {
      skus: [sku('N2 Instance Core running in EMEA', 30_000_000), sku('N2 Instance Ram running in EMEA', 4_000_000)],
    },
    ...beside('prices', fitting('n2')),
  },
];

export const DOCUMENTS: readonly Kind[] = [...WRITTEN, ...COMPARED, ...MACHINES, ...PRICES];

const RECORD =
  'stack=./stack.yaml service=web cpuMillis=4000 memoryMiB=8192 availableMiB=7245 WORKERS=12 POOL_SIZE_MAX=90 WORKERS_ASKED=4';
/** What is no JSON and no YAML. */
export const PLAIN: readonly Kind<string>[] = [
  {
    desc: 'prices as a table',
    document: 'Instance Type,Region Code,Unit,PricePerUnit,TermType\nm5.xlarge,us-east-1,Hrs,0.192,OnDemand\n',
    ...beside('prices', fitting('m5')),
  },
  {
    desc: 'prices without a header',
    document: '# ours\naws:m5.xlarge;0.192\nm5.2xlarge;$0.384 hourly\n',
    ...beside('prices', fitting('m5')),
  },
  {
    desc: 'what an exporter says',
    document: `# HELP ${LIMIT} x\n# EOF\n${METRICS}${LIMIT}{name="shop-worker-1"} +Inf 1795449897529\na_total 1e9 # {trace="x"} 1\n`,
    ...beside('metrics', verifying('--metrics', 'metrics', '--format', 'json'), { ...DEMO, 'plan.json': PLAN }),
  },
  {
    desc: 'the environment of a process',
    document: `PATH=/bin\nWORKERS=12\nPOOL_SIZE=9\nSIZEWRIGHT_STARTED=${RECORD}\n`,
    ...beside('env', ['explain', '--environ', './env', '--format', 'json']),
  },
  {
    desc: 'a summary of a start',
    document: `{"sizewright":"parameter","name":"WORKERS","value":12}\n{"sizewright":"record","SIZEWRIGHT_STARTED":"${RECORD}"}\n`,
    ...beside('env', ['explain', '--environ', './env', '--format', 'json']),
  },
];
