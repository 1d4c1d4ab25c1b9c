/**
 * A run of a reproduction as one file, DIR/runs/NAME.json beside the run's directory: what was trained, with what, what training
 * recorded, and every document that decides. From such files alone claims are decided and reports drawn again, to the byte; files of
 * several machines add up by being copied together. Example images and weights are not in it.
 *
 * Long texts and lists in it are packed (packJson of the files room). It carries a digest, as every document does.
 */
import { z } from 'zod';
import { analysisDocumentSchema } from '../../analysis/index.ts';
import { configurationHash, regimeOf, writeConfiguration } from '../../configuration/index.ts';
import type { Dataset } from '../../data/index.ts';
import { InputError } from '../../errors.ts';
import { evaluationDocumentSchema } from '../../evaluation/index.ts';
import { type DatasetCopy, trainingRecords } from '../../experiments/index.ts';
import {
  checkSchema,
  documentVersion,
  packJson,
  parseSealed,
  readableJson,
  readRegularFile,
  sealDocument,
  unpackJson,
  writeAtomically,
} from '../../files/index.ts';
import { environmentSchema, networkFor, type Run } from '../../runs/index.ts';
import type { PlannedRun } from '../plan.ts';
import type { Subject } from './measurements.ts';

const metricRecord = z
  .object({ kind: z.string(), epoch: z.int(), step: z.int() })
  .catchall(z.union([z.number(), z.string(), z.boolean(), z.null()]));

const testData = z.object({
  name: z.string(),
  displayName: z.string(),
  /** sha256 of the files it was read from. */
  checksum: z.string(),
  /** Which copy of the data it was, in words. */
  copy: z.string(),
  count: z.int().min(1),
  channels: z.int().min(1),
  height: z.int().min(1),
  width: z.int().min(1),
  classes: z.array(z.string()).min(2),
});

const frame = {
  document: z.literal('run results'),
  version: z.literal(documentVersion),
  scale: z.string(),
  name: z.string(),
  variant: z.string(),
  /** Of training; absent where it trains without an attack. */
  epsilon: z.string().exactOptional(),
  seed: z.int().min(0),
  /** configurationHash, and the configuration for people. */
  configurationHash: z.string(),
  configuration: z.string(),
  environment: environmentSchema,
  /** The rules in force when training began, by claim; absent where it was not begun by a reproduction. See rule-hash.ts. */
  rules: z.record(z.string(), z.string()).exactOptional(),
  test: testData,
  checkpoint: z.object({ name: z.string(), epoch: z.int(), step: z.int(), digest: z.string() }),
  /** Of kinds epoch and gap; see docs/training.md. */
  metrics: z.array(metricRecord),
  digest: z.string().exactOptional(),
};

const packedSchema = z.object({
  ...frame,
  documents: z.array(z.object({ name: z.string(), document: z.unknown() })),
});

const resultDocument = z.union([evaluationDocumentSchema, analysisDocumentSchema()]);

export type ResultDocument = z.output<typeof resultDocument>;

/** With its documents unpacked and checked. */
export type RunFile = Readonly<Omit<z.output<typeof packedSchema>, 'documents'>> & {
  readonly documents: readonly { readonly name: string; readonly document: ResultDocument }[];
};

export interface RunFileParts {
  readonly scale: string;
  readonly planned: PlannedRun;
  readonly run: Run;
  readonly rules: Readonly<Record<string, string>> | undefined;
  readonly test: Dataset;
  readonly copy: DatasetCopy;
  readonly checkpoint: Subject['checkpoint'];
  readonly documents: RunFile['documents'];
}

/** Writes the file of a run. */
export async function writeRunFile(path: string, parts: RunFileParts): Promise<void> {
  const { scale, planned, run, rules, test, copy, checkpoint, documents } = parts;
  const { name, displayName, checksum, count, channels, height, width, classes } = test;
  const file = packedSchema.parse({
    document: 'run results',
    version: documentVersion,
    scale,
    name: planned.name,
    variant: planned.variant,
    ...(planned.epsilon === undefined ? {} : { epsilon: planned.epsilon }),
    seed: planned.seed,
    configurationHash: run.hash,
    configuration: writeConfiguration(run.configuration),
    environment: run.environment,
    ...(rules ? { rules } : {}),
    test: { name, displayName, checksum, copy: copy.text, count, channels, height, width, classes },
    checkpoint,
    metrics: await trainingRecords(run),
    documents: documents.map(({ name: of, document }) => ({ name: of, document: packJson(document) })),
  });
  await writeAtomically(path, readableJson(sealDocument(file)));
}

/** @throws InputError that names the file: damaged, altered, or of another run than the planned one. */
export function readRunFile(path: string, scale: string, planned: PlannedRun): RunFile {
  const { documents, ...rest } = parseSealed(
    path,
    readRegularFile(path),
    packedSchema,
    'take it from where it was made',
  );
  const expected = {
    scale,
    name: planned.name,
    variant: planned.variant,
    epsilon: planned.epsilon,
    seed: planned.seed,
    configurationHash: configurationHash(planned.resolved.configuration),
    'test.name': planned.resolved.configuration.data.dataset,
  };
  const found: Readonly<Record<string, unknown>> = { ...rest, 'test.name': rest.test.name };
  for (const [key, value] of Object.entries(expected))
    if (found[key] !== value)
      throw new InputError(
        `${path} does not fit: its ${key} is ${String(found[key])}, and that of ${planned.name} at this scale is ${String(value)}`,
        [],
        { code: 'mismatch' },
      );
  return {
    ...rest,
    documents: documents.map(({ name, document }) => ({
      name,
      document: checkSchema(`${path}, ${name}`, unpackJson(path, document), resultDocument),
    })),
  };
}

/** What a network was measured with, as far as questions ask for it: its images are not in the file. */
export function subjectOf(
  { test, checkpoint }: RunFile,
  { resolved: { configuration } }: PlannedRun,
): Subject {
  const { copy: _, ...known } = test;
  const dataset: Dataset = {
    ...known,
    split: 'test',
    images: new Uint8Array(),
    labels: new Uint16Array(test.count),
    directory: '',
    augmentation: { padding: 0, flip: false },
  };
  return {
    network: networkFor(configuration, dataset),
    regime: regimeOf(configuration.regime),
    test: dataset,
    checkpoint,
  };
}
