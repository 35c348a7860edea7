/** Who reaches whom: Services, and NetworkPolicies that allow the stack's own connections and nothing else. */
import { findService, type Service } from '../../stack/stack.ts';
import type { RenderInput } from '../target.ts';
import type { RenderedService } from '../values.ts';
import { withComments } from '../yaml.ts';
import { headlessName, type Manifest, metadataOf, selectorOf, stackMetadata } from './object.ts';

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
    spec: { clusterIP: 'None', selector: selectorOf(input, service), ports: servicePorts(service) },
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

/** What one service may be called by and may call. */
export function networkPolicyOf(input: RenderInput, { service }: RenderedService): Manifest {
  const calls = egress(input, service);
  const dns = { ports: ['UDP', 'TCP'].map((protocol) => ({ protocol, port: 53 })) };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadataOf(input, service),
    spec: withComments(
      {
        podSelector: { matchLabels: selectorOf(input, service) },
        policyTypes: ['Ingress', 'Egress'],
        ingress: ingress(input, service),
        egress: calls.length > 0 ? [dns, ...calls] : [],
      },
      {
        ingress: service.name === input.stack.main ? 'the entry to the stack: its main port is open to all' : CALLERS,
        egress: calls.length > 0 ? RESOLVER : 'it calls nobody',
      },
    ),
  };
}

function ingress(input: RenderInput, service: Service): unknown[] {
  const { stack, plan } = input;
  const callers = stack.services.filter(
    (other) => plan.services[other.name] !== undefined && other.connectsTo.includes(service.name),
  );
  const entry = { ports: tcp(service.ports.slice(0, 1)) };
  const calls = { from: callers.map((caller) => podsOf(input, caller)), ports: tcp(service.ports) };
  return [...(service.name === stack.main ? [entry] : []), ...(callers.length > 0 ? [calls] : [])];
}

function egress(input: RenderInput, service: Service): unknown[] {
  const { stack, plan } = input;
  const called = [...new Set(service.connectsTo)].map((name) => findService(stack, name));
  const inside = called.filter(({ name }) => plan.services[name] !== undefined);
  const stated = new Set(service.egress.map(({ port }) => port));
  const outside = called
    .filter((other) => !inside.includes(other))
    .map((other) => ({ other, ports: other.ports.filter(({ port }) => !stated.has(port)) }))
    .filter(({ ports }) => ports.length > 0);
  return [
    ...inside.map((other) => ({ to: [podsOf(input, other)], ports: tcp(other.ports) })),
    ...outside.map(({ other, ports }) =>
      withComments(
        { to: [{ ipBlock: { cidr: '0.0.0.0/0' } }], ports: tcp(ports) },
        { ports: `${other.name} runs elsewhere; egress with this port and its CIDR in the stack narrows this` },
      ),
    ),
    ...service.egress.map(({ port, cidr }) => ({ to: [{ ipBlock: { cidr } }], ports: tcp([{ port }]) })),
  ];
}

function podsOf(input: RenderInput, service: Service): object {
  return { podSelector: { matchLabels: selectorOf(input, service) } };
}

function tcp(ports: readonly { port: number }[]): unknown[] {
  return ports.map(({ port }) => ({ protocol: 'TCP', port }));
}

function servicePorts({ ports }: Service): unknown[] {
  return ports.map(({ name, port }) => ({ name, port, targetPort: name, protocol: 'TCP' }));
}
