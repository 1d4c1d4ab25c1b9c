/**
 * A checkpoint: every tensor of a training state by name, and where in its run it was taken.
 *
 * A safetensors file whose metadata is checked on reading. The format has no checksum of its own, so the metadata carries a
 * digest of all there is: a flipped bit in a weight would otherwise pass as a slightly worse network, and two swapped names
 * or an edited position as another training.
 *
 *   digest = sha256 of canonical JSON: { metadata: all of it but the digest, tensors: { name: { shape, sha256(values) } } }
 *
 * with the values as little-endian float32, which is what a checkpoint holds.
 */

import { z } from 'zod';
import { packageVersion } from '../configuration/index.ts';
import { InputError } from '../errors.ts';
import { canonicalJson, refuseIrregular, sha256 } from '../files/index.ts';
import { refusedIn, refuseUnusableValues } from '../nn/index.ts';
import { encodeFloat32, readSafetensors, type StoredTensor, writeSafetensors } from './safetensors/index.ts';
import { compareTensors, type Shapes } from './state.ts';

/** A value of the metadata, which holds text alone, as JSON. */
function json<Schema extends z.ZodType>(schema: Schema) {
  return z.codec(z.string(), schema, {
    decode: (text, context) => {
      try {
        return JSON.parse(text);
      } catch {
        context.issues.push({ code: 'custom', message: 'is not JSON', input: text });
        return z.NEVER;
      }
    },
    encode: (value) => JSON.stringify(value),
  });
}

const metricsSchema = z.object({
  examples: z.int().min(0),
  steps: z.int().min(0),
  loss: z.number(),
  passes: z.record(z.string(), z.object({ loss: z.number(), correct: z.int().min(0) })),
});

const positionSchema = z.object({
  epoch: z.int().min(0),
  batch: z.int().min(0),
  runningMetrics: metricsSchema,
  stopped: z.string().optional(),
  callbacks: z.record(z.string(), z.json()).optional(),
});

// Version 0.1 called the running metrics `tally`.
function withRunningMetrics<Metadata extends { readonly position?: string }>(metadata: Metadata): Metadata {
  const { position } = metadata;
  if (position === undefined || position.includes('"runningMetrics":')) return metadata;
  return { ...metadata, position: position.replace('"tally":', '"runningMetrics":') };
}

const metadataSchema = z.object({
  /** The version that wrote it. */
  dualbn: z.string(),
  /** configurationHash of the run. */
  configuration: z.string(),
  /** Where training continues, with the sums of an epoch begun. */
  position: json(positionSchema),
  /** Optimizer steps done, over all epochs. */
  step: json(z.int().min(0)),
  /** Bytes of metrics.jsonl that belong to this state; what follows is cut off on resume. */
  metricsBytes: json(z.int().min(0)),
  /** The best validation so far. */
  best: json(z.object({ metric: z.string(), value: z.number(), epoch: z.int().min(0) }).nullable()),
});

const storedSchema = metadataSchema.extend({
  digest: z.string().optional(),
  /** Of version 0.1: over the values alone. */
  checksum: z.string().optional(),
});

export type CheckpointMetadata = Readonly<z.output<typeof metadataSchema>>;

export interface Checkpoint {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: CheckpointMetadata;
  /** Of all that the file holds: 64 hexadecimal digits. */
  readonly digest: string;
  /** False where the file carries no digest to check it by: made by version 0.1. */
  readonly isSealed: boolean;
}

/** Writes a checkpoint atomically. Throws as writeSafetensors does. */
export async function writeCheckpoint(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Omit<CheckpointMetadata, 'dualbn'>,
): Promise<void> {
  const text = z.encode(metadataSchema, { ...metadata, dualbn: packageVersion });
  await writeSafetensors(path, { tensors, metadata: { ...text, digest: digestOf(tensors, text) } });
}

/**
 * Reads a checkpoint and checks it against its digest.
 *
 * @throws InputError if it is missing, damaged, or no checkpoint of this program.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  refuseIrregular(path);
  const { tensors, metadata: text, dtypes } = await readSafetensors(path);
  const digest = digestOf(tensors, text);
  const isSealed = text.digest !== undefined;
  // First: what is altered may also look like no checkpoint at all.
  if (isSealed && (text.digest !== digest || [...dtypes.values()].some((dtype) => dtype !== 'F32')))
    throw damaged(path, 'its content does not have the digest');
  const parsed = storedSchema.safeParse(withRunningMetrics(text));
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => ({
      where: issue.path.join('.'),
      what: issue.code === 'invalid_type' && !(String(issue.path[0]) in text) ? 'is missing' : issue.message,
    }));
    throw new InputError(
      `${path} is a safetensors file, but no checkpoint of dualbn; its metadata:`,
      problems,
      { code: 'damaged' },
    );
  }
  const { checksum, digest: _, ...metadata } = parsed.data;
  if (!isSealed && checksum !== valuesChecksum(tensors))
    throw damaged(path, 'its values do not have the checksum');
  return { tensors, metadata, digest, isSealed };
}

const damaged = (path: string, what: string) =>
  new InputError(`${path} is damaged: ${what} that it carries`, [], { code: 'damaged' });

/**
 * Reads a checkpoint that must hold exactly the `expected` tensors.
 *
 * @param isExtra Names that may be there besides, such as the optimizer's, which an evaluation has no use for.
 * @throws InputError that lists every missing, unexpected and misshapen tensor, or as refuseUnusableValues.
 */
export async function loadCheckpoint(
  path: string,
  expected: Shapes,
  isExtra: (name: string) => boolean = () => false,
): Promise<Checkpoint> {
  const checkpoint = await readCheckpoint(path);
  const problems = compareTensors(checkpoint.tensors, expected, isExtra);
  if (problems.length > 0)
    throw new InputError(`${path} does not fit the network:`, problems, { code: 'mismatch' });
  refuseUnusableValues(
    path,
    [...checkpoint.tensors].map(([name, { values }]) => ({ name, values, refused: refusedIn(name) })),
  );
  return checkpoint;
}

/** Of the metadata as the file has it, whatever the version that wrote it. */
function digestOf(
  tensors: ReadonlyMap<string, StoredTensor>,
  { digest: _, ...metadata }: Readonly<Record<string, string>>,
): string {
  const described = [...tensors].map(([name, { shape, values }]) => [
    name,
    { shape, sha256: sha256(encodeFloat32(values)) },
  ]);
  return sha256(canonicalJson({ metadata, tensors: Object.fromEntries(described) }));
}

function valuesChecksum(tensors: ReadonlyMap<string, StoredTensor>): string {
  return `sha256:${sha256(...[...tensors.values()].map(({ values }) => encodeFloat32(values)))}`;
}
