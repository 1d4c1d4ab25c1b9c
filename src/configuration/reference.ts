/** Every key of the configuration as a list, read off the schema: for docs/configuration.md, which is written from it, and "did you mean". */

import { z } from 'zod';
import { configurationSchema } from './schema/index.ts';

export interface Key {
  /** Dotted: `attack.start.deviation`. */
  readonly path: string;
  readonly description: string;
  /** What may be written. */
  readonly values: string;
  /** As YAML text; undefined for a key that must be given. */
  readonly byDefault: string | undefined;
  /** `schedule.kind: cosine`, for keys that exist only with that choice; of several, `a or b`. */
  readonly when: string | undefined;
  readonly isSection: boolean;
}

interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Node[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  /** Words for what may be written, where the schema says it badly. */
  readonly values?: string;
  /** Words for a default that is no value of its own. */
  readonly otherwise?: string;
}

/** All keys of a schema, sections before what they hold, in the order of the schema. */
export const keysOf = (schema: z.ZodType): readonly Key[] =>
  keysUnder('', z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node, undefined);

/** All keys of the configuration. */
export const KEYS = keysOf(configurationSchema);

function keysUnder(prefix: string, section: Node, chosen: Record<string, unknown> | undefined): Key[] {
  return Object.entries(section.properties ?? {}).flatMap(([name, node]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const variants = node.oneOf?.filter((variant) => variant.properties !== undefined) ?? [];
    const isSection = node.properties !== undefined || variants.length > 0;
    const byDefault = node.otherwise ?? yaml(chosen?.[name] ?? node.default);
    const own: Key = {
      path,
      description: node.description ?? '',
      values: isSection ? 'a mapping' : valuesOf(node),
      byDefault: isSection ? undefined : byDefault,
      when: undefined,
      isSection,
    };
    if (variants.length > 0) return [own, ...variantKeys(path, node, variants)];
    return [own, ...keysUnder(path, node, undefined)];
  });
}

interface VariantKey {
  readonly kind: string;
  readonly key: Key;
}

// A choice between mappings, told apart by `kind`: the kinds first, as one key, then what comes with each.
function variantKeys(path: string, choice: Node, variants: readonly Node[]): Key[] {
  const chosen = z.looseObject({ kind: z.string() }).safeParse(choice.default).data;
  const kindKey: Key = {
    path: `${path}.kind`,
    description: variants
      .map((variant) => `\`${kindOf(variant)}\`: ${variant.properties?.kind.description}`)
      .join(' '),
    values: variants.map((variant) => `"${kindOf(variant)}"`).join(', '),
    byDefault: chosen?.kind,
    when: undefined,
    isSection: false,
  };
  const found = new Map<string, VariantKey[]>();
  for (const variant of variants) {
    const kind = kindOf(variant);
    for (const key of keysUnder(path, variant, kind === chosen?.kind ? chosen : undefined))
      if (key.path !== kindKey.path) found.set(key.path, [...(found.get(key.path) ?? []), { kind, key }]);
  }
  return [kindKey, ...[...found.values()].map((each) => together(kindKey, each, variants.length))];
}

/** A key of several variants as one, with the variants named where others lack it, or where they differ in it. */
function together({ path }: Key, found: readonly VariantKey[], variants: number): Key {
  const [{ key: first }] = found;
  const said = (what: (key: Key) => string | undefined, separator = '; ') =>
    found.every(({ key }) => what(key) === what(first))
      ? what(first)
      : found.map(({ kind, key }) => `\`${kind}\`: ${what(key) ?? 'must be given'}`).join(separator);
  const kinds = found.map(({ kind }) => kind).join(' or ');
  return {
    ...first,
    description: said(({ description }) => description, ' ') ?? '',
    values: said(({ values }) => values) ?? '',
    byDefault: said(({ byDefault }) => byDefault),
    when: first.when ?? (found.length === variants ? undefined : `${path}: ${kinds}`),
  };
}

function kindOf(variant: Node): string {
  return String(variant.properties?.kind.const);
}

function valuesOf(node: Node): string {
  if (node.values !== undefined) return node.values;
  if (node.enum !== undefined) return node.enum.map((value) => `"${value}"`).join(', ');
  if (node.type === 'boolean') return 'true or false';
  if (node.type === 'string') return 'text';
  const bounds = [
    node.minimum !== undefined && node.minimum > Number.MIN_SAFE_INTEGER ? `at least ${node.minimum}` : '',
    node.exclusiveMinimum !== undefined ? `above ${node.exclusiveMinimum}` : '',
    node.maximum !== undefined && node.maximum < Number.MAX_SAFE_INTEGER ? `at most ${node.maximum}` : '',
    node.exclusiveMaximum !== undefined ? `below ${node.exclusiveMaximum}` : '',
  ].filter((bound) => bound !== '');
  const noun = node.type === 'integer' ? 'a whole number' : 'a number';
  return bounds.length === 0 ? noun : `${noun}, ${bounds.join(' and ')}`;
}

function yaml(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
}

const INTRODUCTION = `# Configuration

What a run is asked to do, as YAML. \`dualbn train\` takes a preset (\`tiny\`, \`small\`, \`paper\`) or a file, and \`--set
key=value\` for single keys, with dotted paths and YAML values:

    dualbn train small --set attack.epsilon=16/255 --set 'schedule.milestones=[50, 52]'

A file need only say what differs from the defaults below, or from what it \`extends\`:

    extends: small
    seed: 1
    regime:
      name: dual-ap

\`extends\` names a preset or another file, relative to the file that says it. Choosing another \`regime.name\`,
\`network.name\`, \`optimizer.kind\`, \`schedule.kind\` or \`attack.start.kind\` drops what a preset said beside the former one.
\`dualbn config PRESET|FILE [--set ...]\` prints the complete configuration and stops at all that is wrong with it.

Sizes such as \`attack.epsilon\` are for inputs in [0, 1] and are kept as written: \`8/255\` stays \`8/255\` in every report.
Epochs are passes over the training images, counted from 0.
`;

/** The reference, as Markdown: a table of the top-level keys, then one of each section. */
export function renderReference(): string {
  const sections = KEYS.filter((key) => key.isSection && !key.path.includes('.'));
  const topLevel = KEYS.filter((key) => !key.isSection && !key.path.includes('.'));
  return [
    INTRODUCTION,
    '## Top level\n',
    table(topLevel),
    ...sections.flatMap((section) => [
      `## ${section.path}\n`,
      ...(section.description === '' ? [] : [`${section.description}\n`]),
      table(KEYS.filter((key) => !key.isSection && key.path.startsWith(`${section.path}.`))),
    ]),
  ].join('\n');
}

function table(keys: readonly Key[]): string {
  const rows = keys.map(({ path, values, byDefault, when, description }) => {
    const meaning = when === undefined ? description : `With \`${when}\`. ${description}`;
    return `| \`${path}\` | ${values} | ${defaultCell(byDefault, when)} | ${meaning} |`;
  });
  return ['| key | values | default | meaning |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function defaultCell(byDefault: string | undefined, when: string | undefined): string {
  if (byDefault === undefined) return when === undefined ? '' : 'must be given';
  return /[ `]/.test(byDefault) && !byDefault.startsWith('[') ? byDefault : `\`${byDefault}\``;
}
