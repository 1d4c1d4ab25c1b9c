/** What is asked of `dualbn reproduce`: its options, and the plan that they make of a scale. What is done with it is reproduce.ts. */
import { InvalidArgumentError } from 'commander';
import { listDatasets } from '../data/index.ts';
import { InputError } from '../errors.ts';
import {
  checkResults,
  type PlanRequest,
  claims as paperClaims,
  planReproduction,
  type Reproduction,
  reproductionIn,
  type ScaleName,
  scales,
} from '../reproduction/index.ts';
import type { Io } from './io.ts';
import type { EngineChoice } from './options.ts';

export interface ReproduceOptions extends Partial<Omit<EngineChoice, 'convolution'>> {
  readonly scale: ScaleName;
  readonly dir?: string;
  readonly from?: readonly string[];
  readonly dryRun?: true;
  readonly rules?: true;
  readonly train: boolean;
  readonly jobs?: number;
  readonly seeds?: readonly number[];
  readonly epsilons?: readonly string[];
  readonly claims?: readonly string[];
  readonly questions?: true | readonly string[];
  readonly dataset?: string;
  readonly combinations?: true;
  readonly data?: string;
  readonly json?: true;
}

export function claimNumbers(text: string): string[] {
  const numbers = text.split(',').map(Number);
  if (numbers.some((number) => !Number.isInteger(number)))
    throw new InvalidArgumentError(`--claims takes numbers with commas between, such as 2,6, not '${text}'.`);
  return numbers.map((number) => `claim ${number}`);
}

export function questionLetters(text: string): string[] {
  const letters = text.split(',').map((each) => each.trim().toUpperCase());
  if (letters.some((letter) => !/^[A-Z]$/.test(letter)))
    throw new InvalidArgumentError(
      `--questions takes letters with commas between, such as A,D, not '${text}'.`,
    );
  return letters.map((letter) => `experiment ${letter}`);
}

/** 0,2,5-7 */
export function seedList(text: string): number[] {
  const ranges = text.split(',').map((part) => /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part.trim()));
  return ranges.flatMap((found) => {
    const [, from = '', to = from] = found ?? [];
    if (!found || Number(to) < Number(from))
      throw new InvalidArgumentError(
        `--seeds takes seeds and ranges with commas between, such as 0,1,5-7, not '${text}'.`,
      );
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, at) => Number(from) + at);
  });
}

const loading = (io: Io, directory: string | undefined) => ({
  environment: io.environment,
  ...(directory === undefined ? {} : { directory }),
});

const claimIds = paperClaims.map(({ id }) => id);

export async function plannedReproduction(io: Io, options: ReproduceOptions): Promise<Reproduction> {
  const { scale: scaleName, epsilons, claims, combinations, from = [], train } = options;
  // What is there is decided all at once; training takes what is asked for.
  const everything = !train && claims === undefined && options.questions === undefined;
  const questions = everything ? true : options.questions;
  const scale = scales[scaleName];
  const directory = options.dir ?? `runs/reproduce-${scaleName}`;
  const dataset = await datasetOf(io, options, [directory, ...from]);
  const everySeed = Object.values(scale.seeds).flat();
  const seeds = options.seeds ?? (train ? undefined : everySeed);
  const plan = planReproduction(scale, {
    dataset,
    ...(seeds === undefined ? {} : { seeds }),
    ...(epsilons === undefined ? {} : { epsilons }),
    ...(claims === undefined ? (everything ? { claims: claimIds } : {}) : { claims }),
    ...(questions === undefined ? {} : { questions }),
    ...(combinations === undefined ? {} : { combinations }),
    engine: engineOf(options),
  });
  const all = planReproduction(scale, {
    dataset,
    seeds: everySeed,
    claims: claimIds,
    questions: true,
    combinations: true,
  });
  for (const place of from) checkResults(place, scaleName, all.runs);
  return { scaleName, scale, plan, directory, from, loading: loading(io, options.data) };
}

/** What was given of it; another engine computes on the processor, unless told otherwise. */
const engineOf = ({ engine, device, threads }: ReproduceOptions): NonNullable<PlanRequest['engine']> => ({
  ...(engine && { name: engine, device: 'cpu' }),
  ...(device && { device }),
  ...(threads && { threads }),
});

/** As it was asked for, as the results that are there have it, or the first of the scale's that is found. */
async function datasetOf(io: Io, options: ReproduceOptions, places: readonly string[]): Promise<string> {
  const scale = scales[options.scale];
  if (options.dataset !== undefined) return options.dataset;
  const known = places.flatMap((place) => reproductionIn(place)?.dataset ?? []);
  const [first] = scale.datasets;
  if (known[0] !== undefined) return known[0];
  if (!options.train && first !== undefined) return first;
  const listed = await listDatasets(loading(io, options.data));
  const found = scale.datasets.find((name) => listed.some((each) => each.name === name && each.found));
  if (found !== undefined) return found;
  if ((options.dryRun || options.rules) && first !== undefined) return first;
  throw new InputError(
    `none of ${scale.datasets.join(', ')} was found: run \`dualbn data get ${first}\`, or give --data`,
  );
}
