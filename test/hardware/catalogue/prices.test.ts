/** Price lists in the shapes that the clouds and their users publish them in; the figures are made up. */
import { describe, expect, it } from 'vitest';
import { readPrices } from '../../../src/hardware/catalogue/prices.ts';
import type { Machine } from '../../../src/hardware/profile.ts';
import { problemsOf } from '../../samples.ts';
import { builtInProfile } from '../../support.ts';

const machine = (name: string) => builtInProfile(name) as Machine;
/** In pieces of every size, so that no record depends on where a piece ends. */
const pieces = (text: string, size: number) => text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [''];
const priceOf = (name: string, text: string, region?: string, size = 7) =>
  readPrices(pieces(text, size), region, 'list').of(machine(name));

const AWS_HEADER =
  '"SKU","OfferTermCode","RateCode","TermType","PriceDescription","EffectiveDate","Unit","PricePerUnit","Currency","Instance Type","Tenancy","Operating System","CapacityStatus","Pre Installed S/W","Region Code"';
const awsRow = (
  type: string,
  price: string,
  over: {
    term?: string;
    os?: string;
    tenancy?: string;
    status?: string;
    sw?: string;
    region?: string;
    unit?: string;
  } = {},
) =>
  `"ABC","JRTC","ABC.JRTC","${over.term ?? 'OnDemand'}","$${price} per On Demand ""Linux"" ${type}, Instance Hour","2026-08-01","${over.unit ?? 'Hrs'}","${price}","USD","${type}","${over.tenancy ?? 'Shared'}","${over.os ?? 'Linux'}","${over.status ?? 'Used'}","${over.sw ?? 'NA'}","${over.region ?? 'us-east-1'}"`;
const AWS_CSV = [
  '"FormatVersion","v1.0"',
  '"Disclaimer","This pricing list is for informational purposes only."',
  '"Publication Date","2026-08-01T00:00:00Z"',
  '"Version","20260801"',
  '"OfferCode","AmazonEC2"',
  AWS_HEADER,
  awsRow('m5.large', '0.0600000000', { term: 'Reserved' }),
  awsRow('m5.large', '0.1880000000', { os: 'Windows' }),
  awsRow('m5.large', '0.1060000000', { tenancy: 'Dedicated' }),
  awsRow('m5.large', '0.0000000000', { status: 'AllocatedCapacityReservation' }),
  awsRow('m5.large', '0.5760000000', { sw: 'SQL Std' }),
  awsRow('m5.large', '0.0960000000'),
  awsRow('m5.large', '35.0000000000', { unit: 'Quantity' }),
].join('\r\n');
const attributes = (over = {}) => ({
  instanceType: 'm5.large',
  operatingSystem: 'Linux',
  tenancy: 'Shared',
  preInstalledSw: 'NA',
  capacitystatus: 'Used',
  regionCode: 'us-east-1',
  ...over,
});
const terms = (price: string) => ({
  'S.J': {
    priceDimensions: { 'S.J.6': { unit: 'Hrs', pricePerUnit: { USD: price }, description: 'a "quoted" } text' } },
  },
});
const AWS_JSON = JSON.stringify(
  {
    formatVersion: 'v1.0',
    offerCode: 'AmazonEC2',
    products: {
      S: { sku: 'S', productFamily: 'Compute Instance', attributes: attributes() },
      W: { sku: 'W', attributes: attributes({ operatingSystem: 'Windows' }) },
    },
    terms: { OnDemand: { W: terms('0.1880000000'), S: terms('0.0960000000') }, Reserved: { S: terms('0.0400000000') } },
  },
  null,
  2,
);
const GET_PRODUCTS = JSON.stringify({
  PriceList: [
    JSON.stringify({ product: { sku: 'S', attributes: attributes() }, terms: { OnDemand: terms('0.0960000000') } }),
  ],
  FormatVersion: 'aws_v1',
});
const azure = (retailPrice: number, over = {}) => ({
  currencyCode: 'USD',
  retailPrice,
  unitPrice: retailPrice,
  armRegionName: 'westeurope',
  productName: 'Virtual Machines Dsv5 Series',
  skuName: 'D8s v5',
  armSkuName: 'Standard_D8s_v5',
  unitOfMeasure: '1 Hour',
  type: 'Consumption',
  ...over,
});
const AZURE_ITEMS = [
  azure(0.46),
  azure(0.092, { skuName: 'D8s v5 Spot' }),
  azure(0.828, { productName: 'Virtual Machines Dsv5 Series Windows' }),
  azure(2400, { type: 'Reservation' }),
];
const AZURE_JSON = JSON.stringify({ BillingCurrency: 'USD', Items: AZURE_ITEMS, NextPageLink: null, Count: 4 });
const AZURE_CSV = `armSkuName,retailPrice,unitOfMeasure,type,productName,skuName,armRegionName\n${AZURE_ITEMS.map((item) => [item.armSkuName, item.retailPrice, item.unitOfMeasure, item.type, item.productName, item.skuName, item.armRegionName].join(',')).join('\n')}\n`;
const sku = (description: string, nanos: number, over = {}) => ({
  description,
  category: { resourceGroup: 'CPU', usageType: 'OnDemand' },
  serviceRegions: ['europe-west1'],
  pricingInfo: [
    {
      pricingExpression: {
        usageUnit: 'h',
        tieredRates: [{ startUsageAmount: 0, unitPrice: { currencyCode: 'USD', units: '0', nanos } }],
      },
    },
  ],
  ...over,
});
const GCP_JSON = JSON.stringify({
  skus: [
    sku('N2 Instance Core running in EMEA', 30_000_000),
    sku('N2 Instance Ram running in EMEA', 4_000_000),
    sku('Spot Preemptible N2 Instance Core running in EMEA', 7_000_000, { category: { usageType: 'Preemptible' } }),
    sku('N2 Custom Instance Core running in EMEA', 31_000_000),
  ],
});

const LISTS = [
  {
    desc: "AWS' price list as CSV, behind five lines about itself",
    name: 'm5.large',
    text: AWS_CSV,
    nanos: 96_000_000,
  },
  { desc: "AWS' price list as JSON", name: 'm5.large', text: AWS_JSON, nanos: 96_000_000 },
  { desc: 'an answer of GetProducts, JSON in JSON', name: 'm5.large', text: GET_PRODUCTS, nanos: 96_000_000 },
  { desc: "Azure's retail prices, a page", name: 'Standard_D8s_v5', text: AZURE_JSON, nanos: 460_000_000 },
  { desc: "Azure's items alone", name: 'Standard_D8s_v5', text: JSON.stringify(AZURE_ITEMS), nanos: 460_000_000 },
  { desc: "Azure's price sheet as CSV", name: 'Standard_D8s_v5', text: AZURE_CSV, nanos: 460_000_000 },
  // 4 x 0.030 + 16 x 0.004
  { desc: "GCP's SKUs: cores and memory apart", name: 'n2-standard-4', text: GCP_JSON, nanos: 184_000_000 },
  {
    desc: 'name,price without a header',
    name: 'm5.large',
    text: 'm5.large,0.096\nc6i.large,0.085\n',
    nanos: 96_000_000,
  },
  {
    desc: 'with a header, semicolons, a byte order mark',
    name: 'm5.large',
    text: '\ufeffMachine;Price\r\nm5.large;$0.096\r\n',
    nanos: 96_000_000,
  },
  {
    desc: 'a table of a comparison site',
    name: 'm5.large',
    text: 'Name,API Name,Instance Memory,vCPUs,Linux On Demand cost,Windows On Demand cost\n"M5 General Purpose Large",m5.large,8.0 GiB,2 vCPUs,$0.0960 hourly,$0.1880 hourly\nM9 Large,m9.large,8 GiB,2,unavailable,unavailable\n',
    nanos: 96_000_000,
  },
  {
    desc: 'tabs, comments, the cloud before the name',
    name: 'm5.large',
    text: '# ours\nname\tprice\naws:m5.large\t9.6e-2\n',
    nanos: 96_000_000,
  },
];

describe('a price list', () => {
  it.each(LISTS)('$desc', ({ name, text, nanos }) => {
    for (const size of [1, 7, 4096, text.length + 1])
      expect([size, priceOf(name, text, undefined, size)]).toEqual([size, nanos]);
    expect(priceOf(name === 'm5.large' ? 'm7g.large' : 'c6i.large', text)).toBeUndefined();
  });

  it('of several regions needs one of them', () => {
    const two = `${AWS_CSV}\n${awsRow('m5.large', '0.1110000000', { region: 'eu-central-1' })}`;
    expect(priceOf('m5.large', two, 'eu-central-1')).toBe(111_000_000);
    expect(priceOf('m5.large', two, 'us-east-1')).toBe(96_000_000);
    expect(problemsOf(() => priceOf('m5.large', two))).toEqual([
      'PROFILE_INVALID --prices: expected a list of one region, got 2 (us-east-1, eu-central-1, ...); say which with --region',
    ]);
    expect(problemsOf(() => priceOf('m5.large', two, 'mars'))).toEqual([
      'PROFILE_INVALID --prices: expected one of its regions (us-east-1, eu-central-1), got mars (--region)',
    ]);
  });

  it.each([
    ['a product that is nothing', JSON.stringify({ products: { S: null } })],
    ['a name that is a number', JSON.stringify({ products: { S: { sku: 'S', attributes: { instanceType: 5 } } } })],
    [
      'terms that are nothing',
      JSON.stringify({ products: { S: { sku: 'S', attributes: attributes() } }, terms: null }),
    ],
    [
      'a dimension that is nothing',
      JSON.stringify([
        { product: { sku: 'S', attributes: attributes() }, terms: { OnDemand: { J: { priceDimensions: [null] } } } },
      ]),
    ],
    ['a SKU that is nothing', JSON.stringify({ skus: [null, 5, { description: {} }] })],
    [
      'rates that are a number',
      JSON.stringify({ skus: [sku('N2 Instance Core running in EMEA', 1, { pricingInfo: 5 })] }),
    ],
  ])('with %s has no price there', (_, text) => {
    expect(problemsOf(() => priceOf('m5.large', text))[0]).toContain('expected prices of machines by the hour');
  });

  it.each([
    ['half', '"half"'],
    [-1, '-1'],
    [{ of: 1 }, '{"of":1}'],
  ])('of GCP with %j as its units is refused', (units, shown) => {
    const pricingInfo = [{ pricingExpression: { tieredRates: [{ unitPrice: { units, nanos: 0 } }] } }];
    const text = JSON.stringify({ skus: [sku('N2 Instance Core running in EMEA', 0, { pricingInfo })] });
    expect(problemsOf(() => priceOf('n2-standard-4', text))).toEqual([
      `QUANTITY_SYNTAX --prices: expected a price such as 0.096, got ${shown}`,
    ]);
  });

  it('takes no regions from what is no list of them', () => {
    const core = sku('N2 Instance Core running in EMEA', 30_000_000, { serviceRegions: null });
    const ram = sku('N2 Instance Ram running in EMEA', 4_000_000, { serviceRegions: [null, 5] });
    expect(priceOf('n2-standard-4', JSON.stringify({ skus: [core, ram] }))).toBe(184_000_000);
  });

  it('in which nothing is a price is refused, with its line where it has one', () => {
    expect(problemsOf(() => priceOf('m5.large', 'a,b\nc,d\n'))[0]).toContain('expected prices of machines by the hour');
    expect(problemsOf(() => priceOf('m5.large', '{"a": [1, 2}'))[0]).toContain(
      'expected JSON, got "}" that closes nothing',
    );
    expect(problemsOf(() => priceOf('m5.large', '{"skus": ['))[0]).toContain('expected JSON, got an end in the middle');
    expect(problemsOf(() => priceOf('m5.large', '['.repeat(300)))[0]).toContain('more than 200 levels');
    const late = `name,price\n${'m5.large,0.1\n'.repeat(4)}m5.large,12 cents\n`;
    expect(() => priceOf('m5.large', late)).toThrow(
      'list:6: --prices: expected a price such as 0.096, got "12 cents" for m5.large',
    );
  });

  it('of 60 MB goes by without being held', () => {
    function* long() {
      yield '{"products": {';
      for (let index = 0; index < 60_000; index++)
        yield `"K${index}": {"sku": "K${index}", "attributes": {"servicecode": "${'x'.repeat(1000)}"}},`;
      yield `"S": ${JSON.stringify({ sku: 'S', attributes: attributes() })}}, "terms": {"OnDemand": {"S": ${JSON.stringify(terms('0.096'))}}}}`;
    }
    expect(readPrices(long(), undefined, 'list').of(machine('m5.large'))).toBe(96_000_000);
  });
});
