/**
 * Options that several commands share; and those of all analyses on one command line: which analyses have which, and what was
 * given for the one that was chosen.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type AnyAnalysis, describeOptions, type OptionDescription } from '../analysis/index.ts';
import { type Device, devices, type EngineOptions, engineNames } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import type { Io } from './io.ts';

/** `--set key=value`, as often as one likes. */
export function setOption(): Option {
  return new Option('--set <key=value>', 'override a key of the configuration; may be given more than once')
    .default([], 'none')
    .argParser((override: string, before: string[]) => [...before, override]);
}

export function dataOption(): Option {
  return new Option('--data <directory>', 'where data sets are looked for, and downloaded to');
}

export function jsonOption(): Option {
  return new Option('--json', 'print exactly one JSON document');
}

// What a command is: a function that adds itself to the program.

export type AddCommand = (program: Command, io: Io) => void;

// The options that choose an engine: all of it, or what differs from the configuration of a run.

export interface EngineChoice {
  readonly engine: EngineOptions['name'];
  readonly threads: EngineOptions['threads'];
  readonly convolution: EngineOptions['convolution'];
  readonly device: Device;
}

/** Reads a whole number from 1 on. */
export const wholeNumber = (option: string) => (text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError(`${option} takes a whole number from 1 on, not '${text}'.`);
  return value;
};

/** The same, or `all`. */
export const wholeNumberOrAll = (option: string) => (text: string) => {
  if (text === 'all') return text;
  try {
    return wholeNumber(option)(text);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new InvalidArgumentError(`${option} takes a whole number from 1 on or all, not '${text}'.`);
  }
};

export const engineOption = () =>
  new Option('--engine <name>', 'what computes').choices(['auto', ...engineNames]);

export const deviceOption = () =>
  new Option('--device <name>', 'where ONNX Runtime computes; doctor lists what it offers').choices(devices);

export const threadsOption = () =>
  new Option('--threads <number>', 'threads; auto is one a core').argParser((text) =>
    text === 'auto' ? 'auto' : wholeNumber('--threads')(text),
  );

/** Where `auto` says what it had to do without. */
export const announceTo = (io: Io) => (line: string) => void io.stderr.write(`${line}\n`);

/** The engine of a run as these options change it; another engine computes on the processor, unless told otherwise. */
export const overriddenEngine = (
  io: Io,
  configured: EngineOptions,
  { engine, device, threads }: Partial<Pick<EngineChoice, 'engine' | 'device' | 'threads'>>,
): EngineOptions => ({
  ...configured,
  ...(engine && { name: engine, device: 'cpu' }),
  ...(device && { device }),
  ...(threads && { threads }),
  announce: announceTo(io),
});

export function engineOptions(): Option[] {
  return [
    engineOption().default('auto'),
    deviceOption().default('cpu'),
    threadsOption().default('auto'),
    new Option('--convolution <algorithm>', 'auto may use Winograd; direct never does')
      .choices(['auto', 'direct'])
      .default('auto'),
  ];
}

interface Owned {
  readonly analysis: AnyAnalysis;
  readonly description: OptionDescription;
}

/** Every option once, under a heading that says whose it is. */
export function analysisOptions(analyses: readonly AnyAnalysis[]): Option[] {
  return [...byFlag(analyses)].map(([flag, owned]) => {
    const { list, boolean, value } = owned[0].description;
    const option = new Option(boolean ? flag : `${flag} <${value}${list ? '...' : ''}>`, helpOf(owned));
    const names = owned.map(({ analysis }) => analysis.name);
    return option.helpGroup(
      names.length === 1
        ? `Options of ${names[0]}:`
        : `Options of ${names.slice(0, -1).join(', ')} and ${names.at(-1)}:`,
    );
  });
}

/** @throws RangeError where one flag is a list of one analysis and a single value of another. */
function byFlag(analyses: readonly AnyAnalysis[]): ReadonlyMap<string, readonly Owned[]> {
  const found = new Map<string, Owned[]>();
  for (const analysis of analyses)
    for (const description of describeOptions(analysis)) {
      const { flag, list, boolean } = description;
      const owned = found.get(flag) ?? [];
      const other = owned.find(
        (each) => each.description.list !== list || each.description.boolean !== boolean,
      );
      if (other)
        throw new RangeError(
          `${flag} of ${analysis.name} and of ${other.analysis.name} take values in different ways`,
        );
      found.set(flag, [...owned, { analysis, description }]);
    }
  return found;
}

/** What an option is, and its default; where analyses differ in that, of which. */
function helpOf(owned: readonly Owned[]): string {
  const said = owned.map(({ analysis: { name }, description: { description, takes, usual, fromRun } }) => {
    const plain = takes === 'a text' || takes === 'true or false' ? '' : `; ${takes}`;
    const from = fromRun?.replaceAll('`', '') ?? usual;
    return { name, what: `${description}${plain}`, usual: from ?? 'none' };
  });
  const [first, ...others] = said;
  const withUsual = ({ what, usual }: (typeof said)[number]) =>
    `${what}${usual === 'none' ? '' : ` (default ${usual})`}`;
  if (others.some(({ what }) => what !== first.what))
    return said.map((each) => `of ${each.name}: ${withUsual(each)}`).join('; ');
  const differing = others.filter(({ usual }) => usual !== first.usual);
  const usual = [first.usual, ...differing.map((each) => `of ${each.name} ${each.usual}`)].join('; ');
  return withUsual({ ...first, usual });
}

/** What an analysis was given, by the keys of its options, and what each is called. */
export interface GivenOptions {
  readonly given: Readonly<Record<string, unknown>>;
  readonly nameOf: (key: string) => string;
}

/**
 * Read the options that were given for an analysis.
 *
 * @param values by the attribute of each option, as commander has them.
 * @throws InputError for one that another analysis has and this one does not.
 */
export function givenOptions(
  analyses: readonly AnyAnalysis[],
  analysis: AnyAnalysis,
  values: Readonly<Record<string, unknown>>,
): GivenOptions {
  const descriptions = describeOptions(analysis);
  const givenFor = (flag: string) => values[new Option(flag).attributeName()];
  const has = descriptions.map(({ flag }) => flag);
  const other = [...byFlag(analyses)].flatMap(([flag, owned]) =>
    givenFor(flag) === undefined || has.includes(flag)
      ? []
      : [`${flag} (of ${owned.map(({ analysis: { name } }) => name).join(', ')})`],
  );
  if (other.length > 0)
    throw new InputError(
      `${analysis.name} has no option ${other.join(', ')}: its options are ${has.length > 0 ? has.join(', ') : 'none'}`,
    );
  const given = descriptions.flatMap(({ key, flag, boolean, read }) => {
    const value = givenFor(flag);
    if (value === undefined) return [];
    if (boolean) return [[key, value] as const];
    return [[key, read([value].flat().map(String))] as const];
  });
  const flags = new Map(descriptions.map(({ key, flag }) => [key, flag]));
  return { given: Object.fromEntries(given), nameOf: (key) => flags.get(key) ?? key };
}
