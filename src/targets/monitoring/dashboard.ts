/** A Grafana dashboard over the recorded series: what is measured, and the plan's values as dashed lines beside it. */
import { reasonOf } from '../../plan/decide/decision.ts';
import { formatCount, formatMiB } from '../../units.ts';
import { headerLines } from '../header.ts';
import type { RenderedService } from '../rendered.ts';
import { sizedServices } from '../services.ts';
import type { RenderInput } from '../target.ts';
import { rangeText } from './alerts.ts';
import { EXPECTED, expectationsOf } from './rules.ts';
import { copyLabel, ofService, SERIES } from './series.ts';

/** The grid of Grafana has 24 columns. */
const COLUMNS = 24;
const WIDTH = 8;
const HEIGHT = 7;

/** @see https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ */
const SCHEMA_VERSION = 39;

interface Panel {
  title: string;
  description: string;
  unit: string;
  lines: Line[];
}

interface Line {
  expr: string;
  legend: string;
}

export function dashboardOf(input: RenderInput): object {
  const { plan } = input;
  const panels: object[] = [];
  let y = 0;
  for (const rendered of sizedServices(input)) {
    const { name } = rendered.service;
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: name,
      collapsed: false,
      panels: [],
      gridPos: at(0, y, COLUMNS, 1),
    });
    y += 1;
    for (const [index, panel] of panelsOf(input, rendered).entries()) {
      const x = (index * WIDTH) % COLUMNS;
      if (index > 0 && x === 0) y += HEIGHT;
      panels.push({ id: panels.length + 1, ...panelJson(panel), gridPos: at(x, y, WIDTH, HEIGHT) });
    }
    y += HEIGHT;
  }
  return {
    title: `${plan.stack} on ${plan.profile}, ${plan.platform}`,
    description: headerLines(input).join('\n'),
    tags: ['sizewright', plan.stack],
    schemaVersion: SCHEMA_VERSION,
    editable: true,
    refresh: '1m',
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source', hide: 0 }],
    },
    panels,
  };
}

const at = (x: number, y: number, w: number, h: number) => ({ x, y, w, h });

function panelsOf(input: RenderInput, rendered: RenderedService): Panel[] {
  const { service, policy, plan } = rendered;
  const series = (name: string, more?: Record<string, string>) => ofService(name, input.stack.name, service.name, more);
  const copy = `{{${copyLabel(input)}}}`;
  const { limits, ledger } = plan;
  const reasonFor = (name: string) => {
    const { key } = policy.parameters.find((parameter) => parameter.name === name)!;
    return `${key} = ${plan.parameters[name]!.value}: ${reasonOf(plan.parameters[name]!)}`;
  };
  const expectations = expectationsOf(rendered);
  return [
    {
      title: `${service.name}: CPU`,
      description:
        policy.metrics.cpu === undefined ? 'Cores in use.' : `Cores in use. ${reasonFor(policy.metrics.cpu)}`,
      unit: 'short',
      lines: [
        { expr: series(SERIES.cpuUsed), legend: `used ${copy}` },
        limits.cpuMillis === undefined
          ? { expr: series(SERIES.planCpuRequest), legend: 'planned request' }
          : { expr: series(SERIES.planCpuLimit), legend: 'planned limit' },
      ],
    },
    {
      title: `${service.name}: throttled`,
      description: 'Part of the periods in which the CPU limit held it back.',
      unit: 'percentunit',
      lines: [{ expr: series(SERIES.cpuThrottled), legend: copy }],
    },
    {
      title: `${service.name}: memory`,
      description: [
        `${formatMiB(ledger.usedMiB)} costs, ${formatMiB(ledger.reserveMiB)} reserve, ${formatMiB(ledger.headroomMiB)} headroom.`,
        ...ledger.items.map(
          ({ parameter, value, miB, basis }) => `${parameter} ${formatCount(value)}: ${formatMiB(miB)}, ${basis}.`,
        ),
      ].join('\n'),
      unit: 'bytes',
      lines: [
        { expr: series(SERIES.memoryUsed), legend: `used ${copy}` },
        { expr: series(SERIES.planMemoryUsed), legend: 'planned use' },
        { expr: series(SERIES.planMemoryLimit), legend: 'planned limit' },
      ],
    },
    {
      title: `${service.name}: killed for memory`,
      description: 'Kills in 15 minutes.',
      unit: 'short',
      lines: [{ expr: series(SERIES.oomKills), legend: copy }],
    },
    ...policy.metrics.signals.map(({ name, does, parameter, unit, why }): Panel => {
      const ranges = expectations.filter(({ signal }) => signal.name === name);
      return {
        title: `${service.name}: ${does}`,
        description: [
          why,
          reasonFor(parameter),
          ...ranges.map(({ range }) => `${rangeText(range)} ${unit ?? ''}: ${EXPECTED}`),
        ].join('\n'),
        unit: `suffix: ${unit ?? plan.parameters[parameter]!.unit}`,
        lines: [
          { expr: series(SERIES.signal, { signal: name }), legend: 'measured' },
          ...(unit === undefined
            ? [{ expr: series(SERIES.planParameter, { parameter }), legend: `planned ${parameter}` }]
            : []),
          ...(ranges.length > 0
            ? [{ expr: series(SERIES.expected, { signal: name }), legend: 'expected, not measured: {{bound}}' }]
            : []),
        ],
      };
    }),
    ...policy.metrics.settings.map(
      ({ parameter }): Panel => ({
        title: `${service.name}: ${parameter}`,
        description: reasonFor(parameter),
        unit: `suffix: ${plan.parameters[parameter]!.unit}`,
        lines: [
          { expr: series(SERIES.setting, { parameter }), legend: 'reported' },
          { expr: series(SERIES.planParameter, { parameter }), legend: 'planned' },
        ],
      }),
    ),
  ];
}

const DATA_SOURCE = { type: 'prometheus', uid: '$datasource' };

function panelJson({ title, description, unit, lines }: Panel): object {
  return {
    type: 'timeseries',
    title,
    description,
    datasource: DATA_SOURCE,
    targets: lines.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      expr,
      legendFormat: legend,
    })),
    fieldConfig: {
      defaults: { unit, min: 0 },
      overrides: [
        {
          matcher: { id: 'byRegexp', options: '/^(planned|expected)/' },
          properties: [
            { id: 'custom.lineStyle', value: { fill: 'dash', dash: [10, 10] } },
            { id: 'custom.lineWidth', value: 2 },
          ],
        },
      ],
    },
  };
}
