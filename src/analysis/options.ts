/** The options that several analyses have in common, and how the options of any are completed and checked. */
import { z } from 'zod';
import { definitionOf, type Epsilon, namedAttack, parseEpsilon } from '../attacks/index.ts';
import { InputError, type Problem } from '../errors.ts';
import type { AttackRecord } from './definition.ts';
import { coreOf, expectation, isFromRun, recordedEpsilon } from './option-schemas.ts';

/** A bound: as written (8/255), as a number, or as it is kept in documents. */
export const epsilonOption = z
  .union([z.string(), z.number(), recordedEpsilon])
  .transform((written, { issues }): Epsilon => {
    if (typeof written === 'object') return written;
    try {
      return parseEpsilon(written, Number.POSITIVE_INFINITY);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      issues.push({ code: 'custom', message: error.message, input: written });
      return z.NEVER;
    }
  });

/** By name; see attackForms. */
export const attackOption = z.string().default('pgd-10').meta({
  description:
    'the attack that robust accuracy is of, and that makes adversarial images; by names as for evaluate, such as pgd-10',
  fromRun: 'the first of `evaluation.attacks`',
  value: 'name',
});

export const attackOptions = {
  attack: attackOption,
  epsilon: epsilonOption.default({ text: '8/255', value: 8 / 255 }).meta({
    description: 'the bound of the attack and of noise, such as 8/255',
    fromRun: '`evaluation.epsilon`',
    value: 'size',
  }),
};

export const seedOption = z
  .int()
  .min(0)
  .default(0)
  .meta({ description: 'of attacks, noise and the choice of images', fromRun: '`seed`', value: 'number' });

/** Of accuracies over test images. */
export const exampleOptions = {
  examples: z
    .union([z.int().min(1), z.literal('all')])
    .default('all')
    .meta({ description: 'test images that accuracies are of', fromRun: '`evaluation.examples`' }),
  batchSize: z.int().min(1).default(100).meta({
    description: 'images at once; changes the speed, not the result',
    fromRun: '`evaluation.batchSize`',
    flag: '--batch',
    value: 'images',
  }),
  seed: seedOption,
};

/** The same where there are many evaluations: few images, unless more are asked for. */
export const fewExampleOptions = {
  ...exampleOptions,
  examples: z
    .union([z.int().min(1), z.literal('all')])
    .default(500)
    .meta({ description: 'test images that accuracies are of' }),
};

/** Images a batch where statistics are taken. */
export const statisticsBatch = (usual: number) =>
  z
    .int()
    .min(2)
    .default(usual)
    .meta({ description: 'images a batch where statistics are taken; changes the result a little' });

/** Of statistics that are re-estimated from training images. */
export const estimationOptions = {
  images: z
    .int()
    .min(2)
    .default(2000)
    .meta({ description: 'training images that statistics are re-estimated from' }),
  statisticsBatch: statisticsBatch(100),
};

/** Where values come from that were not given, and what a message calls an option. */
export interface CompletionSettings {
  /** By key, before the schema's own; left alone for options that an analysis does not have, or that do not say `fromRun`. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  readonly nameOf?: (key: string) => string;
}

/** Fill in what was left open, and check all of it that needs no network. @throws InputError that names each option. */
export function completeOptions<Options extends z.ZodObject>(
  definition: { readonly name: string; readonly options: Options },
  given: Readonly<Record<string, unknown>>,
  { defaults = {}, nameOf = (key) => key }: CompletionSettings = {},
): z.output<Options> {
  const { name, options } = definition;
  const shape: Readonly<Record<string, z.core.$ZodType>> = options.shape;
  const known = Object.entries(defaults).filter(([key]) => key in shape && isFromRun(shape[key]));
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  const unknown = said.flatMap(([key]) => (key in shape ? [] : [nameOf(key)]));
  if (unknown.length > 0) {
    const has = Object.keys(shape).map(nameOf);
    throw new InputError(
      `${name} has no option ${unknown.join(', ')}: it has ${has.length > 0 ? has.join(', ') : 'none'}`,
    );
  }
  const values = Object.fromEntries([...known, ...said]);
  const parsed = options.safeParse(values);
  if (!parsed.success)
    refuse(
      name,
      parsed.error.issues.map((issue) => problemOf(issue, shape, values, nameOf)),
    );
  const { attack = '', epsilons = [] } = askedAttack(parsed.data) ?? {};
  const problems = epsilons.flatMap((epsilon): Problem[] => {
    if (namedAttack(attack, epsilon.value).norm !== 'linf' || epsilon.value <= 1) return [];
    const where = nameOf('epsilons' in shape ? 'epsilons' : 'epsilon');
    try {
      parseEpsilon(epsilon.text);
      return [];
    } catch (error) {
      return [{ where, what: error instanceof Error ? error.message : String(error) }];
    }
  });
  if (problems.length > 0) refuse(name, problems);
  return parsed.data;
}

function refuse(name: string, problems: readonly Problem[]): never {
  const [first, ...more] = problems;
  if (first && more.length === 0) throw new InputError(`${first.where}: ${first.what}`);
  throw new InputError(`these options of ${name} cannot be used:`, problems);
}

function problemOf(
  { path, code, message }: z.core.$ZodIssue,
  shape: Readonly<Record<string, z.core.$ZodType>>,
  values: Readonly<Record<string, unknown>>,
  nameOf: (key: string) => string,
): Problem {
  const [key, at] = path;
  if (typeof key !== 'string') return { where: 'options', what: message };
  const where = nameOf(key);
  const schema = coreOf(shape[key]);
  if (code === 'custom') return { where, what: message };
  const value = values[key];
  if (schema instanceof z.ZodArray && typeof at === 'number' && Array.isArray(value))
    return { where, what: `expected ${expectation(schema.element)}, found ${shown(value[at])}` };
  if (schema instanceof z.ZodArray && Array.isArray(value)) return { where, what: message };
  return { where, what: `expected ${expectation(schema)}, found ${shown(value)}` };
}

const shown = (value: unknown) => (typeof value === 'string' ? `'${value}'` : JSON.stringify(value));

/** The attack that options or a request ask for, and its bounds. */
export interface AskedAttack {
  readonly attack: string;
  readonly epsilons: readonly Epsilon[];
}

/** Of the options that are called `attack` and `epsilon`, or `epsilons`; undefined where there are none. */
export function askedAttack(options: object): AskedAttack | undefined {
  const { data } = askedFields.safeParse(options);
  if (!data) return undefined;
  const { attack, epsilon, epsilons = epsilon ? [epsilon] : [] } = data;
  return { attack, epsilons };
}

const askedFields = z.object({
  attack: z.string(),
  epsilon: recordedEpsilon.optional(),
  epsilons: z.array(recordedEpsilon).optional(),
});

/** What the name stands for at each bound, in full. @throws InputError for an attack that does not exist. */
export const attackRecords = ({ attack, epsilons }: AskedAttack): AttackRecord[] =>
  epsilons.map(({ value }) => {
    const options = namedAttack(attack, value);
    return { ...definitionOf(options.name).complete(options) };
  });
