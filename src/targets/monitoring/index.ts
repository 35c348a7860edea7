/** What watches over a plan that runs: Prometheus rules and a Grafana dashboard. */

import { headerLines } from '../header.ts';
import { stackMetadata, yamlFile } from '../kubernetes/object.ts';
import type { Artifact, PlanTarget, RenderInput } from '../target.ts';
import { about } from './about.ts';
import { dashboardOf } from './dashboard.ts';
import { groupsOf } from './groups.ts';
import { DASHBOARD_FILE, OPERATOR_FILE, RULES_FILE, read } from './read.ts';
import { isHost } from './series.ts';

export const monitoring: PlanTarget = {
  ...about,
  render,
  stream: (artifacts) => artifacts.find(({ path }) => path === RULES_FILE)!.contents,
  read,
};

function render(input: RenderInput): Artifact[] {
  const groups = groupsOf(input);
  const host = isHost(input);
  const header = headerLines(input);
  const check = ['check: promtool check rules rules.yaml', 'load: rule_files of prometheus.yml'];
  const sources = host
    ? 'measured by cAdvisor on this host; programs and exporters: all series of this Prometheus'
    : `measured by cAdvisor and kube-state-metrics; programs and exporters: series with namespace="${input.stack.namespace}"`;
  return [
    yamlFile(header, RULES_FILE, { groups }, [...check, sources]),
    ...(host
      ? []
      : [yamlFile(header, OPERATOR_FILE, operatorRule(input, groups), ['for the Prometheus Operator', sources])]),
    { path: DASHBOARD_FILE, contents: `${JSON.stringify(dashboardOf(input), null, 2)}\n` },
  ];
}

function operatorRule(input: RenderInput, groups: ReturnType<typeof groupsOf>): object {
  const { stack } = input;
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { ...stackMetadata(input, `${stack.name}-sizewright`), namespace: stack.namespace },
    spec: { groups },
  };
}
