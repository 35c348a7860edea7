/** What Kubernetes would refuse, found in the objects that were read back. */
import type { Finding } from '../../errors/errors.ts';
import { type FindingCode, finding } from '../../errors/findings.ts';
import { CREDENTIALS } from '../secrets.ts';
import type { ReadObject } from './read-object.ts';

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const DNS_LABEL = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
const LABEL_KEY = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;
/** IANA service names, as ports are named. */
const PORT_NAME = /^(?=.*[a-z])(?!.*--)[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/;
const CONFIG_KEY = /^(?!\.\.?$)(?!\.\.)[A-Za-z0-9._-]{1,253}$/;

/** Length of a name of each kind; 253 for the rest. A StatefulSet's is part of a label, with a hash of ten behind it. */
const NAME_LENGTHS: Record<string, number> = { Namespace: 63, Service: 63, StatefulSet: 52 };
const SUBDOMAIN_LENGTH = 253;
const LABEL_LENGTH = 63;

/** Findings of level `error` about one object. `where` names it, `secrets` are variables that no file may give. */
export function checkObject(object: ReadObject, where: string, secrets: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = [];
  const report = (code: FindingCode, path: string, message: string): void => {
    findings.push(finding(code, `${where}: ${path}`, message));
  };
  const name = object.metadata?.name ?? '';
  const length = NAME_LENGTHS[object.kind ?? ''] ?? SUBDOMAIN_LENGTH;
  const form = length === SUBDOMAIN_LENGTH ? DNS_SUBDOMAIN : DNS_LABEL;
  if (!form.test(name) || name.length > length)
    report(
      'NAME_ILLEGAL',
      'metadata.name',
      `expected lower-case letters, digits and - of at most ${length} characters, got "${name}"`,
    );
  checkLabels(object, '', report);
  checkFixedPoint(object, '', report);

  const checkValue = (key: string, value: string, path: string): void => {
    if (secrets.has(key) || CREDENTIALS.test(value))
      report('SECRET_WRITTEN', path, `expected a reference to a Secret, got the value of ${key} in the file`);
  };
  for (const [key, value] of Object.entries(object.data ?? {})) {
    if (!CONFIG_KEY.test(key))
      report('NAME_ILLEGAL', `data.${key}`, `expected a key of letters, digits and ._-, got "${key}"`);
    checkValue(key, value, `data.${key}`);
  }
  if (object.kind === 'Secret') report('SECRET_WRITTEN', 'kind', 'expected no Secret outside of the example, got one');

  const pod = object.spec?.template?.spec;
  for (const volume of pod?.volumes ?? []) checkLabelName(volume.name, 'volumes', report);
  for (const container of pod?.containers ?? []) {
    const path = `containers.${container.name}`;
    checkLabelName(container.name, 'containers', report);
    if (container.resources?.limits?.memory === undefined)
      report('LIMITS_MISSING', `${path}.resources.limits`, 'expected a memory limit, got none');
    for (const port of container.ports ?? []) {
      if (!PORT_NAME.test(port.name ?? ''))
        report(
          'NAME_ILLEGAL',
          `${path}.ports`,
          `expected letters, digits and single - of at most 15 characters, got "${port.name}"`,
        );
    }
    for (const { name: key, value } of container.env ?? []) {
      if (value !== undefined) checkValue(key, value, `${path}.env.${key}`);
    }
  }
  return findings;
}

type Report = (code: FindingCode, path: string, message: string) => void;

function checkLabelName(name: string, path: string, report: Report): void {
  if (!DNS_LABEL.test(name) || name.length > LABEL_LENGTH)
    report(
      'NAME_ILLEGAL',
      path,
      `expected lower-case letters, digits and - of at most ${LABEL_LENGTH} characters, got "${name}"`,
    );
}

/** Members whose values are labels, at any depth. */
const LABEL_MEMBERS = new Set(['labels', 'matchLabels', 'nodeSelector']);

function checkLabels(value: object, path: string, report: Report): void {
  for (const [name, member] of Object.entries(value)) {
    if (typeof member !== 'object' || member === null) continue;
    const inner = path === '' ? name : `${path}.${name}`;
    if (!LABEL_MEMBERS.has(name)) {
      checkLabels(member, inner, report);
      continue;
    }
    for (const [key, label] of Object.entries(member)) {
      if (!LABEL_KEY.test(key) || typeof label !== 'string' || !LABEL_VALUE.test(label))
        report(
          'LABEL_ILLEGAL',
          `${inner}.${key}`,
          `expected letters, digits and ._- of at most ${LABEL_LENGTH} characters, got "${label}"`,
        );
    }
  }
}

/** Members that are meant when they are empty: they select everything, ask for a volume of the usual kind. */
const MEANT_EMPTY = new Set(['podSelector', 'namespaceSelector', 'emptyDir']);
/** Members whose names are the user's and whose texts may be empty. */
const TEXT_MAPS = new Set(['annotations', 'data', 'labels', 'matchLabels', 'nodeSelector', 'stringData']);
const QUANTITY_MAPS = new Set(['limits', 'requests']);
/** What the API server makes of a quantity: no fraction, the largest unit that leaves a whole number. */
const QUANTITY = /^(0|[1-9]\d*)(m|Mi|Gi|Ti)?$/;

/**
 * What the API server would drop or write otherwise, so that what is applied and what is there always seem to differ.
 * @param path of the value; empty for the object itself
 */
function checkFixedPoint(value: object, path: string, report: Report): void {
  for (const [name, member] of Object.entries(value) as [string, unknown][]) {
    const inner = path === '' ? name : `${path}.${name}`;
    const empty = typeof member === 'object' && (member === null || Object.keys(member).length === 0);
    // An empty word of a command is a word.
    if ((member === '' && !Array.isArray(value)) || (empty && !MEANT_EMPTY.has(name)))
      report('NOT_A_FIXED_POINT', inner, `expected no ${JSON.stringify(member)}, which the API server drops`);
    else if (QUANTITY_MAPS.has(name)) checkQuantities(member as object, inner, report);
    else if (name === 'sizeLimit') checkQuantities({ sizeLimit: member }, path, report);
    else if (name === 'volumeClaimTemplates') checkClaims(member as object[], inner, report);
    else if (!TEXT_MAPS.has(name) && typeof member === 'object') checkFixedPoint(member as object, inner, report);
  }
}

function checkQuantities(quantities: object, path: string, report: Report): void {
  for (const [name, text] of Object.entries(quantities)) {
    const [, digits, unit = ''] = QUANTITY.exec(`${text}`) ?? [];
    const step = unit === 'm' ? 1000 : unit === '' ? Number.POSITIVE_INFINITY : unit === 'Ti' ? 1024 ** 2 : 1024;
    if (digits === undefined || Number(digits) % step === 0)
      report('NOT_A_FIXED_POINT', `${path}.${name}`, `expected the API server's form of the quantity, got "${text}"`);
  }
}

function checkClaims(claims: object[], path: string, report: Report): void {
  for (const [index, claim] of claims.entries()) {
    const { apiVersion, kind } = claim as { apiVersion?: string; kind?: string };
    if (apiVersion !== 'v1' || kind !== 'PersistentVolumeClaim')
      report('NOT_A_FIXED_POINT', `${path}.${index}`, 'expected apiVersion and kind, which the API server adds');
    checkFixedPoint(claim, `${path}.${index}`, report);
  }
}
