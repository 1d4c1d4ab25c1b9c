/**
 * What a result document speaks of: its subject (which weights, data and engine) and its request (all that decides the result,
 * with no default left out). Batch size, time and progress are not part of a request: they change no result.
 */
import { z } from 'zod';
import {
  type AttackOptions,
  type AttackTable,
  definitionOf,
  type NormName,
  normNames,
} from '../attacks/index.ts';
import type { EngineDescription } from '../engines/index.ts';
import { canonicalJson, sha256 } from '../files/index.ts';
import { type Cell, cellOf } from '../nn/index.ts';
import type { AskedAttack } from './attack-plan.ts';
import { writeIndices } from './outcomes.ts';

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');

/** The subject of evaluations and analyses. */
export const documentSubjectSchema = z.object({
  run: z.string().describe("Name of the run's directory, or of the file of an external model."),
  configuration: z.string().nullable().describe('Hash of the configuration; null for an external model.'),
  regime: z.string().nullable().describe('The regime of training; null for an external model.'),
  seed: z.int().min(0).nullable().describe('The seed of training; null for an external model.'),
  network: z.string().describe('Name of the network.'),
  checkpoint: z.object({
    name: z.enum(['last', 'best', 'file']).describe("'file' for an external model."),
    epoch: z.int().min(0).describe('Whole epochs of training; 0 where nobody knows.'),
    step: z.int().min(0).describe('Optimizer steps of training; 0 where nobody knows.'),
    digest: digest.describe("sha256 of the checkpoint's tensors and metadata, or of the file."),
  }),
  dataset: z.object({
    name: z.string(),
    checksum: z.string().describe('sha256 of the test data.'),
  }),
  engine: z.object({
    name: z.string(),
    version: z.string(),
    threads: z.int().min(0),
    device: z.string(),
    instructionSet: z.string(),
    settings: z.record(z.string(), z.string()),
  }),
});

export type DocumentSubject = Readonly<z.output<typeof documentSubjectSchema>>;

/** What a run says of itself, as a subject. */
export const documentSubject = <Given extends Omit<DocumentSubject, 'engine'>>(
  given: Given & { readonly engine: EngineDescription },
): DocumentSubject => documentSubjectSchema.parse({ ...given, engine: engineSubject(given.engine) });

/** The engine of a subject. */
export const engineSubject = (description: EngineDescription): DocumentSubject['engine'] => {
  const { name, version, threads, instructionSet, settings } = description;
  return {
    name,
    version,
    threads,
    device: settings.device ?? 'cpu',
    instructionSet,
    settings: { ...settings },
  };
};

/** Adapter and head only in networks that have several. */
export const cellShape = {
  statistics: z.string(),
  affine: z.string(),
  adapter: z.string().exactOptional(),
  head: z.string().exactOptional(),
};

export const normSchema = z.enum(normNames);

/** A bound as it was written, and its value. */
export const epsilonSchema = z.object({
  text: z.string().describe('As written: 8/255.'),
  value: z.number().min(0),
});

export type EpsilonAsWritten = z.output<typeof epsilonSchema>;

/** Complete options of an attack: what every attack has, and the attack's own beside it. */
export const attackOptionsSchema = z.looseObject({
  name: z.string(),
  norm: normSchema,
  epsilon: z.number().min(0),
  steps: z.int().min(0),
  restarts: z.int().min(1),
});

/** What a suite stood for. */
export const suiteOptionsSchema = z.strictObject({
  suite: z.string(),
  norm: normSchema,
  epsilon: z.number().min(0),
  stages: z
    .record(z.string(), attackOptionsSchema)
    .describe('In the order in which they are run, each on what those before it left.'),
});

/** Which examples of the test set. */
export const examplesSchema = z.object({
  count: z.int().min(1),
  indices: z.string().describe('Places in the test set, as ranges: 0-99,105.'),
});

export const requestSchema = z.object({
  attacks: z
    .record(z.string(), z.union([suiteOptionsSchema, attackOptionsSchema]))
    .describe('By the name that was asked for: what it stood for.'),
  norm: normSchema.describe('Of all attacks.'),
  epsilon: epsilonSchema,
  seed: z.int().min(0).describe('Of random starts and draws.'),
  cells: z.array(z.object(cellShape)).describe('The cells that were asked for.'),
  examples: examplesSchema,
});

export type RequestDescription = Readonly<z.output<typeof requestSchema>>;

export interface RequestParts {
  /** In the order they were asked for. */
  readonly asked: readonly AskedAttack[];
  readonly norm: NormName;
  readonly attackTable?: AttackTable | undefined;
  readonly epsilon: EpsilonAsWritten;
  readonly seed: number;
  readonly cells: readonly Cell[];
  readonly indices: readonly number[];
}

/** @throws InputError for an attack whose options are outside their range. */
export function describeRequest(parts: RequestParts): RequestDescription {
  const { asked, norm, attackTable, epsilon, seed, cells, indices } = parts;
  const complete = (options: AttackOptions) => ({
    ...definitionOf(options.name, attackTable).complete(options),
  });
  const meaningOf = ({ name, isSuite, stages }: AskedAttack) => {
    const of = stages.map(({ stage, options }) => [stage, complete(options)] as const);
    return isSuite ? { suite: name, norm, epsilon: epsilon.value, stages: Object.fromEntries(of) } : of[0][1];
  };
  return requestSchema.parse({
    attacks: Object.fromEntries(asked.map((each) => [each.name, meaningOf(each)])),
    norm,
    epsilon: { text: epsilon.text, value: epsilon.value },
    seed,
    cells: cells.map(cellOf),
    examples: { count: indices.length, indices: writeIndices(indices) },
  });
}

/**
 * The key that partial results are kept under: of everything that decides a result (which weights, to the step; data; engine;
 * attacks; examples; seed), so that an evaluation never goes on with results of another. The name of the run is no part of it.
 */
export function partialResultsKey(
  { run: _, ...subject }: DocumentSubject,
  request: RequestDescription,
): string {
  return sha256(canonicalJson({ subject, request }));
}
