/** The files read back: the plan's values in the rules, and that alerts and dashboard name nothing else. */
import type { Finding } from '../../errors/errors.ts';
import { type FindingCode, finding } from '../../errors/findings.ts';
import { readYaml } from '../../formats/read-yaml.ts';
import { tryCores } from '../docker/read.ts';
import type { Artifact, Observed, ObservedService, RenderInput } from '../target.ts';
import type { Rule } from './rules.ts';
import { SERIES } from './series.ts';

export const RULES_FILE = 'rules.yaml';
/** The same groups as an object of the Prometheus Operator. */
export const OPERATOR_FILE = 'prometheusrule.yaml';
export const DASHBOARD_FILE = 'dashboard.json';

interface ReadGroup {
  name: string;
  rules: Rule[];
}

const BYTES_PER_MIB = 1_048_576;

export function read(artifacts: readonly Artifact[], { plan }: RenderInput): Observed {
  const findings: Finding[] = [];
  const refuse = (path: string, code: FindingCode, expected: string, got: unknown) =>
    findings.push(finding(code, path, `expected ${expected}, got ${got}`));
  const textOf = (path: string) => artifacts.find((artifact) => artifact.path === path)?.contents;

  const { groups } = readYaml(textOf(RULES_FILE) ?? '') as { groups: ReadGroup[] };
  const operator = textOf(OPERATOR_FILE);
  if (operator !== undefined) {
    const { spec } = readYaml(operator) as { spec: { groups: ReadGroup[] } };
    if (JSON.stringify(spec.groups) !== JSON.stringify(groups))
      refuse(OPERATOR_FILE, 'GROUPS_DIFFER', `the groups of ${RULES_FILE}`, 'others');
  }

  const rules = groups.flatMap((group) => group.rules);
  const services: Record<string, ObservedService> = Object.create(null);
  for (const { record, expr, labels } of rules) {
    const value = /^vector\(([0-9.]+)\)$/.exec(expr)?.[1];
    if (record === undefined || value === undefined) continue;
    services[labels.service!] ??= { limits: {}, requests: {}, parameters: {} };
    const service = services[labels.service!]!;
    if (record === SERIES.planCpuRequest) service.requests!.cpuMillis = tryCores(value) ?? Number.NaN;
    if (record === SERIES.planCpuLimit) service.limits!.cpuMillis = tryCores(value) ?? Number.NaN;
    if (record === SERIES.planMemoryLimit) service.limits!.memoryMiB = Number(value) / BYTES_PER_MIB;
    if (record === SERIES.planParameter) service.parameters![labels.parameter!] = Number(value);
    if (record === SERIES.planMemoryUsed) {
      const ledger = plan.services[labels.service!]?.ledger;
      const planned = ledger && ledger.usedMiB + ledger.reserveMiB;
      if (Number(value) / BYTES_PER_MIB !== planned)
        refuse(`${RULES_FILE}: ${record}`, 'READ_BACK_DIFFERS', `${planned} MiB`, value);
    }
  }

  for (const { alert, labels, annotations } of rules) {
    if (labels.parameter === undefined || alert === undefined) continue;
    const planned = plan.services[labels.service!]?.parameters[labels.parameter]?.value;
    const named = /^[^ ]+ = (\d+);/.exec(annotations?.parameter ?? '')?.[1];
    if (named === undefined || Number(named) !== planned)
      refuse(
        `${RULES_FILE}: ${alert} of ${labels.service}`,
        'READ_BACK_DIFFERS',
        `${labels.parameter} = ${planned}`,
        named,
      );
  }

  const recorded = new Set(rules.flatMap(({ record, labels }) => (record ? [`${record} ${labels.service}`] : [])));
  const used = (where: string, expr: string) => {
    for (const [, series, service] of expr.matchAll(/(sizewright:[a-z0-9_]+:[a-z0-9_]+)\{[^}]*service="([^"]*)"/g))
      if (!recorded.has(`${series} ${service}`))
        refuse(where, 'SERIES_UNKNOWN', 'a series that a rule records', `${series} of ${service}`);
  };
  for (const { alert, expr } of rules) if (alert !== undefined) used(`${RULES_FILE}: ${alert}`, expr);
  const { panels } = JSON.parse(textOf(DASHBOARD_FILE) ?? '{}') as {
    panels?: { title: string; targets?: { expr: string }[] }[];
  };
  for (const { title, targets = [] } of panels ?? [])
    for (const { expr } of targets) used(`${DASHBOARD_FILE}: ${title}`, expr);
  return { services, findings };
}
