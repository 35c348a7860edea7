/** A sweep as an SVG: a card of its own, light or dark as the viewer prefers, without script. */
import type { Sweep, SweepPoint } from '../requests/sweep.ts';
import { formatCores, formatCount } from '../units.ts';

type Decided = SweepPoint & { decision: NonNullable<SweepPoint['decision']> };

/** How a point is marked, by what decided it. Shapes differ as well as colours. */
const MARKS = {
  value: { text: 'as the formula says', shape: 'circle' },
  bound: { text: 'held by a bound', shape: 'square' },
  budget: { text: 'the memory budget bites', shape: 'diamond' },
  constraint: { text: 'held by another service', shape: 'triangle' },
  override: { text: 'set by the operator', shape: 'square' },
  none: { text: 'no plan on this size', shape: 'cross' },
} as const;

type Mark = keyof typeof MARKS;

const STYLE = `
.sw text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }
.sw .title { font-size: 16px; font-weight: 600 }
.sw .muted { fill: #59636e }
.sw .number { stroke: #ffffff; stroke-width: 3; stroke-linejoin: round; paint-order: stroke }
.sw .card { fill: #ffffff; stroke: #d1d9e0 }
.sw .grid { stroke: #d1d9e0 }
.sw .axis { stroke: #59636e; fill: none }
.sw .band { fill: #0969da; fill-opacity: .12 }
.sw .edge { stroke: #0969da; stroke-opacity: .5; stroke-dasharray: 3 3; fill: none }
.sw .line { stroke: #0969da; stroke-width: 2; fill: none }
.sw .value { fill: #0969da; stroke: #0969da }
.sw .bound { fill: #9a6700; stroke: #9a6700 }
.sw .budget { fill: #cf222e; stroke: #cf222e }
.sw .constraint { fill: #8250df; stroke: #8250df }
.sw .override { fill: #1a7f37; stroke: #1a7f37 }
.sw .none { fill: none; stroke: #59636e; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
.sw text { fill: #e6edf3 }
.sw .muted { fill: #9198a1 }
.sw .number { stroke: #0d1117 }
.sw .card { fill: #0d1117; stroke: #3d444d }
.sw .grid { stroke: #3d444d }
.sw .axis { stroke: #9198a1 }
.sw .band { fill: #4493f8; fill-opacity: .18 }
.sw .edge { stroke: #4493f8 }
.sw .line { stroke: #4493f8 }
.sw .value { fill: #4493f8; stroke: #4493f8 }
.sw .bound { fill: #d29922; stroke: #d29922 }
.sw .budget { fill: #f85149; stroke: #f85149 }
.sw .constraint { fill: #ab7df8; stroke: #ab7df8 }
.sw .override { fill: #3fb950; stroke: #3fb950 }
.sw .none { stroke: #9198a1 }
}
`;

/** Room for one character, px: generous, as fonts differ. */
const CHARACTER = 6.6;
const LEFT = 84;
const RIGHT = 28;
const HEIGHT = 260;

/** The plot: value, bounds as a band, and what decided each value. */
export function sweepPlot(sweep: Sweep): string {
  const { points, parameter, unit, stack, platform, family } = sweep;
  const decided = points.filter((point): point is Decided => point.decision !== undefined);
  const labels = labelsOf(points);
  const step = Math.min(64, Math.max(24, Math.floor(600 / points.length)));
  const plotWidth = Math.max(360, step * points.length);
  const width = LEFT + plotWidth + RIGHT;

  const title = `${parameter} over ${family}`;
  const subtitle = `stack ${stack}, platform ${platform}`;
  const highest = Math.max(1, ...decided.map(({ decision }) => decision.value));
  const highestBound = Math.max(0, ...decided.map(({ decision }) => decision.max));
  const offScale = highestBound > 2.5 * highest;
  const ticks = ticksUpTo(offScale ? highest * 1.25 : Math.max(highest, highestBound));
  const top = ticks.at(-1)!;

  const legend = legendOf(points, offScale, width - 32);
  const plotTop = 76 + legend.height;
  const bottom = plotTop + HEIGHT;
  const x = (index: number) => LEFT + (plotWidth * (index + 0.5)) / points.length;
  const y = (value: number) => bottom - (HEIGHT * Math.min(value, top)) / top;
  const half = plotWidth / points.length / 2;
  const labelHeight = Math.max(...labels.map((label) => label.length)) * CHARACTER * 0.71;
  const height = Math.ceil(bottom + labelHeight + 56);

  const band = points.flatMap(({ decision }, index) => {
    if (decision === undefined) return [];
    const [from, to] = [x(index) - half, x(index) + half];
    return `M${at(from, y(decision.min))}H${n(to)}V${n(y(decision.max))}H${n(from)}Z`;
  });
  const edges = points.flatMap(({ decision }, index) => {
    if (decision === undefined) return [];
    const [from, to] = [x(index) - half, x(index) + half];
    const upper = decision.max > top ? '' : `M${at(from, y(decision.max))}H${n(to)}`;
    return `M${at(from, y(decision.min))}H${n(to)}${upper}`;
  });
  const line = points.map(({ decision }, index) => {
    if (decision === undefined) return '';
    const follows = points[index - 1]?.decision !== undefined;
    return `${follows ? 'L' : 'M'}${at(x(index), y(decision.value))}`;
  });

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="sw" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeText(title)}</title>`,
    `<desc>${escapeText(descriptionOf(sweep))}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="card" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>`,
    `<text class="title" x="16" y="30">${escapeText(title)}</text>`,
    `<text class="muted" x="16" y="50">${escapeText(subtitle)}</text>`,
    ...legend.parts,
    ...ticks.map((tick) =>
      [
        `<path class="grid" d="M${at(LEFT, y(tick))}H${n(LEFT + plotWidth)}"/>`,
        `<text class="muted" x="${LEFT - 8}" y="${n(y(tick) + 4)}" text-anchor="end">${formatCount(tick)}</text>`,
      ].join(''),
    ),
    `<path class="band" d="${band.join('')}"/>`,
    `<path class="edge" d="${edges.join('')}"/>`,
    `<path class="line" d="${line.join('')}"/>`,
    `<path class="axis" d="M${at(LEFT, plotTop)}V${n(bottom)}H${n(LEFT + plotWidth)}"/>`,
    ...points.map((point, index) =>
      pointParts(point, x(index), point.decision ? y(point.decision.value) : bottom, half),
    ),
    ...labels.map((label, index) => {
      const place = at(x(index) + 4, bottom + 16).replace(',', ' ');
      return `<text transform="translate(${place}) rotate(-45)" text-anchor="end">${escapeText(label)}</text>`;
    }),
    `<text class="muted" x="${n(LEFT + plotWidth / 2)}" y="${height - 14}" text-anchor="middle">${escapeText(`size of ${family} (vCPUs)`)}</text>`,
    `<text class="muted" transform="translate(20 ${n((plotTop + bottom) / 2)}) rotate(-90)" text-anchor="middle">${escapeText(unit)}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function pointParts(point: SweepPoint, x: number, y: number, half: number): string {
  const { decision, problem, machine } = point;
  const mark = markOf(point);
  const text = decision
    ? `${machine}: ${formatCount(decision.value)} in ${formatCount(decision.min)}..${formatCount(decision.max)}, ${decision.decidedBy}: ${decision.reason}`
    : `${machine}: ${problem!.code}: ${problem!.message}`;
  const number = decision === undefined ? '' : formatCount(decision.value);
  const shown = number !== '' && number.length * CHARACTER <= 2 * half;
  return [
    `<g><title>${escapeText(text)}</title>${markPart(mark, x, y)}</g>`,
    shown ? `<text class="number" x="${n(x)}" y="${n(y - 10)}" text-anchor="middle">${number}</text>` : '',
  ].join('');
}

function markOf({ decision }: SweepPoint): Mark {
  switch (decision?.decidedBy) {
    case undefined:
      return 'none';
    case 'bound':
    case 'budget':
    case 'constraint':
    case 'override':
      return decision!.decidedBy as Mark;
    default:
      return 'value';
  }
}

function markPart(mark: Mark, x: number, y: number): string {
  const path = (d: string) => `<path class="${mark}" d="M${at(x, y)}${d}"/>`;
  switch (MARKS[mark].shape) {
    case 'circle':
      return `<circle class="${mark}" cx="${n(x)}" cy="${n(y)}" r="4"/>`;
    case 'square':
      return path('m-4,-4h8v8h-8z');
    case 'diamond':
      return path('m0,-6l6,6l-6,6l-6,-6z');
    case 'triangle':
      return path('m0,-6l6,10h-12z');
    case 'cross':
      return path('m-4,-4l8,8m0,-8l-8,8');
  }
}

/** Rows of a mark and its text, filled up to the width. */
function legendOf(
  points: readonly SweepPoint[],
  offScale: boolean,
  width: number,
): { parts: string[]; height: number } {
  const used = new Set(points.map(markOf));
  const marks = (Object.keys(MARKS) as Mark[]).filter((mark) => used.has(mark));
  const items: { text: string; symbol: (x: number, y: number) => string }[] = [
    ...marks.map((mark) => ({ text: MARKS[mark].text, symbol: (x: number, y: number) => markPart(mark, x, y) })),
    {
      text: offScale ? 'bounds (the upper one is off the scale)' : 'bounds',
      symbol: (x, y) =>
        `<path class="band" d="M${at(x - 8, y - 5)}h16v10h-16z"/><path class="edge" d="M${at(x - 8, y - 5)}h16m0,10h-16"/>`,
    },
  ];
  const parts: string[] = [];
  let [x, y] = [16, 72];
  for (const { text, symbol } of items) {
    const room = 24 + text.length * CHARACTER + 16;
    if (x > 16 && x + room > width) [x, y] = [16, y + 20];
    parts.push(`${symbol(x + 8, y)}<text x="${n(x + 22)}" y="${n(y + 4)}">${escapeText(text)}</text>`);
    x += room;
  }
  return { parts, height: y - 72 + 20 };
}

/** 0 and up in steps of 1, 2 or 5 with zeros, about five, the last at or above the value. */
function ticksUpTo(value: number): number[] {
  const rough = Math.max(1, value / 5);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough)!;
  return Array.from({ length: Math.ceil(value / step) + 1 }, (_, index) => index * step);
}

/** Names without what all have in common, with their active vCPUs: `8xlarge (32)`. */
function labelsOf(points: readonly SweepPoint[]): string[] {
  const [first, ...others] = points.map((point) => point.machine);
  let common = 0;
  for (let index = 0; index < first!.length && others.every((name) => name[index] === first![index]); index += 1)
    if (/[._-]/.test(first![index]!)) common = index + 1;
  return points.map(({ machine, cpuMillis }) => `${machine.slice(common)} (${formatCores(cpuMillis)})`);
}

function descriptionOf({ points, unit }: Sweep): string {
  return `${points
    .map(({ machine, decision, problem }) =>
      decision ? `${machine}: ${decision.value} (${decision.decidedBy})` : `${machine}: ${problem!.code}`,
    )
    .join('; ')}. Unit: ${unit}.`;
}

/** A coordinate: a tenth of a pixel is fine enough. */
function n(value: number): string {
  return `${Math.round(value * 10) / 10}`;
}

function at(x: number, y: number): string {
  return `${n(x)},${n(y)}`;
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[^\P{Cc}\n]/gu, ' ');
}
