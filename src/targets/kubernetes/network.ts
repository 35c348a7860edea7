/** Who reaches whom: Services, and NetworkPolicies that allow the stack's own connections and nothing else. */

import { withComments } from '../../formats/yaml.ts';
import type { FlatService, RenderedService } from '../rendered.ts';
import { flatNamed, renderedServices } from '../services.ts';
import type { RenderInput } from '../target.ts';
import { headlessName, type Manifest, metadataOf, selectorOf, stackMetadata, whereAny } from './object.ts';

/** Under the service's own name, which is what connection strings say within the namespace. */
export function serviceOf(input: RenderInput, { service }: RenderedService): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(input, service),
    spec: { type: 'ClusterIP', selector: selectorOf(input, service), ports: servicePorts(service) },
  };
}

/** Gives each pod of a StatefulSet a name of its own. */
export function headlessService(input: RenderInput, { service }: RenderedService): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(input, service, headlessName(service)),
    spec: { clusterIP: 'None', selector: selectorOf(input, service), ports: whereAny(servicePorts(service)) },
  };
}

/** Nothing in the namespace talks unless another policy allows it. */
export function defaultDeny(input: RenderInput): Manifest {
  const { name, ...metadata } = stackMetadata(input, 'default-deny');
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: input.stack.namespace, ...metadata },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
  };
}

const CALLERS = 'only the services that call it';
const RESOLVER =
  'names from any resolver, because clusters differ in where theirs is (NodeLocal DNSCache), and what it calls';

/** OpenShift's resolver listens on 5353, and a policy sees the port behind its Service. */
export const DNS = { ports: [53, 5353].flatMap((port) => ['UDP', 'TCP'].map((protocol) => ({ protocol, port }))) };

/**
 * Addresses that are never meant by an address outside: those of a link, and where clouds answer with the credentials of
 * the node (169.254.169.254; fd00:ec2::254 on AWS, fd20:ce::254 on Google Cloud; 100.100.100.200 on Alibaba Cloud; 168.63.129.16 on
 * Azure).
 */
const LINK_AND_METADATA = {
  ipv4: ['100.100.100.200/32', '168.63.129.16/32', '169.254.0.0/16'],
  ipv6: ['fd00:ec2::254/128', 'fd20:ce::254/128', 'fe80::/10'],
};
/**
 * Those and the networks of clusters and their nodes, where the API server is.
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry.xhtml
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips#non_rfc_1918_ranges for 198.18.0.0/15, 240.0.0.0/4
 */
const NOT_INTERNET = {
  ipv4: [
    ...['10.0.0.0/8', '100.64.0.0/10', '168.63.129.16/32', '169.254.0.0/16'],
    ...['172.16.0.0/12', '192.168.0.0/16', '198.18.0.0/15', '240.0.0.0/4'],
  ],
  ipv6: ['fc00::/7', 'fe80::/10'],
};

/** All addresses of both families but some. */
function everywhereBut({ ipv4, ipv6 }: typeof NOT_INTERNET): unknown[] {
  return [{ ipBlock: { cidr: '0.0.0.0/0', except: ipv4 } }, { ipBlock: { cidr: '::/0', except: ipv6 } }];
}

/** What one service may be called by and may call. */
export function networkPolicyOf(input: RenderInput, { service }: RenderedService): Manifest {
  const calls = egress(input, service);
  const callers = ingress(input, service);
  const unused = [
    ...(callers.length > 0 ? [] : ['no ingress: nobody calls it']),
    ...(calls.length > 0 ? [] : ['no egress: it calls nobody']),
  ];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadataOf(input, service),
    spec: withComments(
      {
        podSelector: { matchLabels: selectorOf(input, service) },
        policyTypes: ['Ingress', 'Egress'],
        // The API server drops an empty list: a direction with a type and without a rule is closed.
        ingress: callers.length > 0 ? callers : undefined,
        egress: calls.length > 0 ? [DNS, ...calls] : undefined,
      },
      {
        ...(unused.length > 0 && { policyTypes: unused.join('; ') }),
        ingress: service.name === input.stack.main ? 'the entry to the stack: its main port is open to all' : CALLERS,
        egress: RESOLVER,
      },
    ),
  };
}

function ingress(input: RenderInput, service: FlatService): unknown[] {
  if (service.ports.length === 0) return []; // a rule without ports would open all of them
  const callers = renderedServices(input).flatMap(({ service: other }) =>
    other.connectsTo.includes(service.name) ? other : [],
  );
  const entry = { ports: tcp(service.ports.slice(0, 1)) };
  const calls = { from: callers.map((caller) => podsOf(input, caller)), ports: tcp(service.ports) };
  return [...(service.name === input.stack.main ? [entry] : []), ...(callers.length > 0 ? [calls] : [])];
}

function egress(input: RenderInput, service: FlatService): unknown[] {
  const { plan } = input;
  const called = [...new Set(service.connectsTo)].map((name) => flatNamed(input, name));
  const inside = called.filter(({ name }) => plan.services[name] !== undefined);
  const stated = new Set(service.egress.flatMap(({ port, cidr }) => (isEverywhere(cidr) ? [] : [port])));
  const outside = called
    .filter((other) => !inside.includes(other))
    .map((other) => ({ other, ports: other.ports.filter(({ port }) => !stated.has(port)) }))
    .filter(({ ports }) => ports.length > 0);
  return [
    ...inside.map((other) => ({ to: [podsOf(input, other)], ports: tcp(other.ports) })),
    ...outside.map(({ other, ports }) =>
      withComments(
        { to: everywhereBut(LINK_AND_METADATA), ports: tcp(ports) },
        {
          to: `${other.name} runs elsewhere, perhaps at a private address; egress with this port and its CIDR in the stack narrows this`,
        },
      ),
    ),
    ...service.egress.map(({ port, cidr, protocol }) =>
      isEverywhere(cidr)
        ? withComments(
            { to: everywhereBut(NOT_INTERNET), ports: [{ protocol, port }] },
            { to: "the internet, without private addresses, which the cluster's own API has too" },
          )
        : { to: [{ ipBlock: { cidr } }], ports: [{ protocol, port }] },
    ),
  ];
}

/** No range, or all addresses of one family, which who writes it means for both. */
function isEverywhere(cidr: string | undefined): boolean {
  return cidr === undefined || cidr.endsWith('/0');
}

function podsOf(input: RenderInput, service: FlatService): object {
  return { podSelector: { matchLabels: selectorOf(input, service) } };
}

function tcp(ports: readonly { port: number }[]): unknown[] {
  return ports.map(({ port }) => ({ protocol: 'TCP', port }));
}

function servicePorts({ ports }: FlatService): unknown[] {
  return ports.map(({ name, port }) => ({ name, port, targetPort: name, protocol: 'TCP' }));
}
