/**
 * Prices of machines an hour, from what the clouds publish: AWS' price list (CSV, JSON, or an answer of GetProducts),
 * Azure's retail prices, GCP's catalogue of SKUs; or any table of names and prices. Lists are read as they go by.
 */
import { fail } from '../../errors/errors.ts';
import { splitProvider } from '../family.ts';
import type { Machine } from '../profile.ts';
import { type JsonPart, jsonParts } from './json-parts.ts';

/** Billionths of the list's currency. */
const NANOS = 1_000_000_000;

export interface Prices {
  /** Billionths of the list's currency an hour; undefined where the list does not say. */
  of(machine: Machine): number | undefined;
  /** How many machines or SKUs have one. */
  count: number;
}

interface Row {
  name: string;
  nanos: number;
  region?: string;
}

/**
 * @param region of lists that have several
 * @param file its name, for messages
 * @throws PROFILE_INVALID, QUANTITY_SYNTAX with the line
 */
export function readPrices(chunks: Iterable<string>, region: string | undefined, file: string): Prices {
  const [first, all] = peek(chunks);
  const collected = new Collected(region, file);
  if (/^\s*[{[]/.test(first)) for (const part of jsonParts(all, isPart, file)) collected.takePart(part);
  else for (const row of csvRows(all, file)) collected.take(row);
  return collected.prices();
}

/** What of a JSON list is looked at: products and terms of AWS, Items of Azure, skus of GCP, lists of names. */
function isPart(path: readonly string[]): boolean {
  const at = path.join('/');
  return /^(products\/[^/]*|terms\/OnDemand\/[^/]*|terms\/Reserved|PriceList\/\*|Items\/\*|skus\/\*|\*)$/.test(at);
}

class Collected {
  private readonly rows = new Map<string, Row[]>();
  /** AWS: what a SKU is, until its terms come. */
  private readonly skus = new Map<string, { name: string; region?: string }>();
  /** GCP: price of a core and of a GiB by family and region. */
  private readonly resources = new Map<string, number>();
  private readonly regions = new Set<string>();

  private readonly region: string | undefined;
  private readonly file: string;

  constructor(region: string | undefined, file: string) {
    this.region = region;
    this.file = file;
  }

  take(row: Row): void {
    if (row.region !== undefined) this.regions.add(row.region);
    if (this.region !== undefined && row.region !== undefined && row.region !== this.region) return;
    const name = row.name.toLowerCase();
    this.rows.set(name, [...(this.rows.get(name) ?? []), row]);
  }

  takePart({ path, value }: JsonPart): void {
    const [section] = path;
    if (section === 'products') this.product(value);
    else if (section === 'terms') this.terms(path.at(-1)!, value);
    else if (section === 'PriceList') this.priceListItem(value);
    else if (section === 'Items') this.azure(value);
    else if (section === 'skus') this.gcp(value);
    else if (section === '*' && !this.azure(value)) this.priceListItem(value);
  }

  prices(): Prices {
    if (this.regions.size > 1 && this.region === undefined)
      return this.refuse(
        `expected a list of one region, got ${this.regions.size} (${[...this.regions].slice(0, 3).join(', ')}, ...); say which with --region`,
      );
    if (this.region !== undefined && this.regions.size > 0 && !this.regions.has(this.region))
      return this.refuse(
        `expected one of its regions (${[...this.regions].slice(0, 5).join(', ')}), got ${this.region} (--region)`,
      );
    const count = this.rows.size + this.resources.size;
    if (count === 0)
      return this.refuse(
        'expected prices of machines by the hour: a table with columns such as name,price, or a price list of AWS, Azure or GCP; got none',
      );
    return { count, of: (machine) => this.priceOf(machine) };
  }

  private refuse(message: string): never {
    return fail('PROFILE_INVALID', '--prices', message, { file: this.file });
  }

  /** The lowest where a list names a machine several times. */
  private priceOf(machine: Machine): number | undefined {
    const rows = this.rows.get(machine.name.toLowerCase());
    if (rows) return Math.min(...rows.map(({ nanos }) => nanos));
    const family = machine.provider === 'gcp' ? machine.name.split('-')[0]! : undefined;
    const core = this.resources.get(`${family} core`);
    const ram = this.resources.get(`${family} ram`);
    if (core === undefined || ram === undefined) return undefined;
    return Math.round((core * machine.cpuMillis) / 1000 + (ram * machine.memoryMiB) / 1024);
  }

  private product(value: unknown): void {
    const attributes = at(value, 'attributes');
    const [sku, name, region] = [
      textAt(value, 'sku'),
      textAt(attributes, 'instanceType'),
      textAt(attributes, 'regionCode'),
    ];
    if (sku === undefined || name === undefined || !isPlainLinux((key) => at(attributes, key))) return;
    this.skus.set(sku, { name, ...(region !== undefined && { region }) });
  }

  private terms(sku: string, value: unknown): void {
    const product = this.skus.get(sku);
    if (product === undefined) return;
    for (const term of membersOf(value))
      for (const dimension of membersOf(at(term, 'priceDimensions'))) {
        const [price] = membersOf(at(dimension, 'pricePerUnit'));
        if (!/^hrs?$/i.test(textAt(dimension, 'unit') ?? '') || price === undefined) continue;
        const nanos = this.nanosOf(price);
        if (nanos > 0) this.take({ ...product, nanos });
      }
  }

  /** One product with its terms, as GetProducts answers: often a JSON text inside the JSON. */
  private priceListItem(value: unknown): void {
    const item = typeof value === 'string' ? tryJson(value) : value;
    const product = at(item, 'product');
    this.product(product);
    this.terms(textAt(product, 'sku') ?? '', at(item, 'terms', 'OnDemand'));
  }

  private azure(value: unknown): boolean {
    const [name, region] = [textAt(value, 'armSkuName') ?? '', textAt(value, 'armRegionName')];
    if (name === '') return false;
    const is = (key: string, usual: string) => (at(value, key) ?? usual) === usual;
    const says = (key: string, pattern: RegExp) => pattern.test(textAt(value, key) ?? '');
    const plain = is('type', 'Consumption') && !says('productName', /Windows|CloudServices|Dedicated/);
    if (!plain || says('skuName', /Spot|Low Priority/) || !is('unitOfMeasure', '1 Hour')) return true;
    const nanos = this.nanosOf(at(value, 'retailPrice') ?? at(value, 'unitPrice'));
    if (nanos > 0) this.take({ name, nanos, ...(region !== undefined && { region }) });
    return true;
  }

  /** Cores and memory have prices of their own: `N2 Instance Core running in Americas`. */
  private gcp(value: unknown): void {
    const description = textAt(value, 'description') ?? '';
    const match = /^([A-Z]\d[A-Z]?)(?: (?:AMD|Arm))? Instance (Core|Ram) running/i.exec(description);
    const rates = at(value, 'pricingInfo', '0', 'pricingExpression', 'tieredRates');
    const price = at(membersOf(rates).at(-1), 'unitPrice');
    if (!match || price === undefined || (at(value, 'category', 'usageType') ?? 'OnDemand') !== 'OnDemand') return;
    const regions = membersOf(at(value, 'serviceRegions')).filter((region) => typeof region === 'string');
    for (const region of regions) this.regions.add(region);
    if (this.region !== undefined && regions.length > 0 && !regions.includes(this.region)) return;
    const [units, nanos] = [this.nanosOf(at(price, 'units') ?? 0), at(price, 'nanos') ?? 0];
    const below = Number.isSafeInteger(nanos) && Number(nanos) >= 0 ? Number(nanos) : this.refusePrice(nanos);
    this.resources.set(`${match[1]} ${match[2]}`.toLowerCase(), units + below);
  }

  private nanosOf(price: unknown): number {
    const nanos = typeof price === 'string' || typeof price === 'number' ? tryNanos(`${price}`) : undefined;
    return nanos ?? this.refusePrice(price);
  }

  private refusePrice(price: unknown): never {
    const got = (JSON.stringify(price) ?? 'none').slice(0, 80);
    return fail('QUANTITY_SYNTAX', '--prices', `expected a price such as 0.096, got ${got}`, { file: this.file });
  }
}

/** What somebody else's JSON has at a path; undefined where it has nothing. */
function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((around, key) => {
    const isThere = typeof around === 'object' && around !== null && Object.hasOwn(around, key);
    return isThere ? ((around as Record<string, unknown>)[key] ?? undefined) : undefined;
  }, value);
}

function textAt(value: unknown, key: string): string | undefined {
  const text = at(value, key);
  return typeof text === 'string' ? text : undefined;
}

function membersOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

type Attribute = 'operatingSystem' | 'tenancy' | 'preInstalledSw' | 'capacitystatus' | 'marketoption';

/** Shared hardware, Linux without further software, and no reservation of capacity: what most people start. */
function isPlainLinux(said: (attribute: Attribute) => unknown): boolean {
  const is = (attribute: Attribute, value: string) => [undefined, '', value].includes(said(attribute) as string);
  return (
    is('operatingSystem', 'Linux') &&
    is('tenancy', 'Shared') &&
    is('preInstalledSw', 'NA') &&
    is('capacitystatus', 'Used') &&
    is('marketoption', 'OnDemand')
  );
}

/** `0.096`, `$0.096`, `1.2E-2`. */
function tryNanos(text: string): number | undefined {
  const bare = text
    .trim()
    .replace(/^[$€£]\s*/, '')
    .replace(/\s*(hourly|per hour|\/\s*h(r|our)?)$/i, '');
  const value = /^\d{1,7}(\.\d+)?([eE][-+]?\d{1,2})?$/.test(bare) ? Math.round(Number(bare) * NANOS) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function peek(chunks: Iterable<string>): [first: string, all: Iterable<string>] {
  const iterator = chunks[Symbol.iterator]();
  const { value: first = '' } = iterator.next();
  const bare = first.replace(/^\ufeff/, '');
  function* all() {
    yield bare;
    for (let next = iterator.next(); !next.done; next = iterator.next()) yield next.value;
  }
  return [bare, all()];
}

/** Names of the columns that count, in small letters and without blanks. */
const COLUMNS = {
  name: ['apiname', 'instancetype', 'armskuname', 'machinetype', 'vmsize', 'machine', 'instance', 'name', 'size'],
  price: [
    'price',
    'priceperunit',
    'retailprice',
    'unitprice',
    'hourly',
    'priceperhour',
    'pricehour',
    'cost',
    'ondemand',
    'usdperhour',
    'linuxondemandcost',
    'linuxondemand',
    'usd/h',
  ],
  region: ['regioncode', 'region', 'armregionname'],
  unit: ['unit', 'unitofmeasure'],
  term: ['termtype', 'type', 'pricetype'],
  operatingSystem: ['operatingsystem'],
  tenancy: ['tenancy'],
  preInstalledSw: ['preinstalledsw', 'preinstalleds/w'],
  capacitystatus: ['capacitystatus'],
  marketoption: ['marketoption'],
  productName: ['productname'],
  skuName: ['skuname'],
} as const;
type Column = keyof typeof COLUMNS;

function* csvRows(chunks: Iterable<string>, file: string): Generator<Row> {
  let columns: Partial<Record<Column, number>> | undefined;
  for (const { cells, line } of csvCells(chunks)) {
    if (cells.length < 2 || cells[0]!.startsWith('#')) continue;
    if (columns === undefined) {
      const header = columnsOf(cells);
      if (header) columns = header;
      else if (cells.length === 2 && tryNanos(cells[1]!) !== undefined) columns = { name: 0, price: 1 };
      if (header || columns === undefined) {
        if (columns === undefined && line > 20)
          fail('PROFILE_INVALID', '--prices', 'expected a header with columns such as name,price, got none', {
            file: `${file}:${line}`,
          });
        continue;
      }
    }
    const cell = (column: Column) => (columns![column] === undefined ? undefined : cells[columns![column]]?.trim());
    const name = splitProvider(cell('name') ?? '').name;
    if (name === '' || !counts(cell) || /^(unavailable|n\/?a|-)?$/i.test(cell('price') ?? '')) continue;
    const nanos = tryNanos(cell('price') ?? '');
    if (nanos === undefined)
      return fail(
        'QUANTITY_SYNTAX',
        '--prices',
        `expected a price such as 0.096, got "${cell('price') ?? ''}" for ${name}`,
        { file: `${file}:${line}` },
      );
    const region = cell('region');
    if (nanos > 0) yield { name, nanos, ...(region && { region }) };
  }
}

function columnsOf(cells: readonly string[]): Partial<Record<Column, number>> | undefined {
  const bare = cells.map((cell) => cell.toLowerCase().replace(/[\s_()-]/g, ''));
  const found = Object.fromEntries(
    Object.entries(COLUMNS).flatMap(([column, names]) => {
      const at = names.map((wanted) => bare.indexOf(wanted)).find((index) => index !== -1);
      return at === undefined ? [] : [[column, at]];
    }),
  ) as Partial<Record<Column, number>>;
  return found.name === undefined || found.price === undefined ? undefined : found;
}

/** Whether a row is the hourly price of the plain machine. */
function counts(cell: (column: Column) => string | undefined): boolean {
  const term = cell('term');
  const unit = cell('unit');
  return (
    (!term || /^(ondemand|consumption)$/i.test(term)) &&
    (!unit || /^(1 )?(h|hr|hrs|hour|hours)$/i.test(unit)) &&
    isPlainLinux(cell) &&
    !/Windows|Dedicated/.test(cell('productName') ?? '') &&
    !/Spot|Low Priority/.test(cell('skuName') ?? '')
  );
}

/** Records of a CSV (RFC 4180), with the line that each begins at. */
function* csvCells(chunks: Iterable<string>): Generator<{ cells: string[]; line: number }> {
  let [cells, cell, quoted, line, start] = [[] as string[], '', false, 1, 1];
  let separator: string | undefined;
  /** A quote that closed: another one directly behind it stands for itself. */
  let closed = false;
  for (const chunk of chunks) {
    for (const sign of chunk) {
      if (sign === '\n') line += 1;
      if (quoted) {
        if (sign === '"') quoted = false;
        else cell += sign;
      } else if (sign === '"') {
        if (closed) cell += '"';
        quoted = true;
      } else if (sign === '\n') {
        cells.push(cell);
        yield { cells: cells.map((text) => text.replace(/\r$/, '')), line: start };
        [cells, cell, start] = [[], '', line];
      } else if (sign === separator || (separator === undefined && /[,;\t]/.test(sign))) {
        separator ??= sign;
        cells.push(cell);
        cell = '';
      } else cell += sign;
      closed = sign === '"' && !quoted;
    }
  }
  if (cell !== '' || cells.length > 0) yield { cells: [...cells, cell.replace(/\r$/, '')], line: start };
}
