/**
 * A checkpoint: every tensor of a training state by name, and where in its run it was taken.
 *
 * A safetensors file whose metadata is checked on reading. The format has no checksum of its own, so the metadata
 * carries one: a flipped bit in a weight would otherwise pass as a slightly worse network.
 */

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { packageVersion } from '../configuration/index.ts';
import { InputError } from '../errors.ts';
import { encodeFloat32 } from './safetensors/dtype.ts';
import { readSafetensors, type StoredTensor, writeSafetensors } from './safetensors/index.ts';
import { compareTensors, type Shapes } from './tensor-shapes.ts';

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

const storedSchema = metadataSchema.extend({ checksum: z.string() });

export type CheckpointMetadata = Readonly<z.output<typeof metadataSchema>>;

export interface Checkpoint {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: CheckpointMetadata;
}

/** Writes a checkpoint atomically. Throws as writeSafetensors does. */
export async function writeCheckpoint(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Omit<CheckpointMetadata, 'dualbn'>,
): Promise<void> {
  const stored = z.encode(storedSchema, {
    ...metadata,
    dualbn: packageVersion,
    checksum: checksumOf(tensors),
  });
  await writeSafetensors(path, { tensors, metadata: stored });
}

/**
 * Reads a checkpoint and checks it against its checksum.
 *
 * @throws InputError if it is missing, damaged, or no checkpoint of this program.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const { tensors, metadata: text } = await readSafetensors(path);
  const parsed = storedSchema.safeParse(withRunningMetrics(text));
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => ({
      where: issue.path.join('.'),
      what: issue.code === 'invalid_type' && !(String(issue.path[0]) in text) ? 'is missing' : issue.message,
    }));
    throw new InputError(
      `${path} is a safetensors file, but no checkpoint of dualbn; its metadata:`,
      problems,
    );
  }
  const { checksum, ...metadata } = parsed.data;
  const found = checksumOf(tensors);
  if (found !== checksum) {
    throw new InputError(`${path} is damaged: its data has the checksum ${found}, expected ${checksum}`);
  }
  return { tensors, metadata };
}

/**
 * Reads a checkpoint that must hold exactly the `expected` tensors.
 *
 * @param isExtra Names that may be there besides, such as the optimizer's, which an evaluation has no use for.
 * @throws InputError that lists every missing, unexpected and misshapen tensor.
 */
export async function loadCheckpoint(
  path: string,
  expected: Shapes,
  isExtra: (name: string) => boolean = () => false,
): Promise<Checkpoint> {
  const checkpoint = await readCheckpoint(path);
  const problems = compareTensors(checkpoint.tensors, expected, isExtra);
  if (problems.length > 0) throw new InputError(`${path} does not fit the network:`, problems);
  return checkpoint;
}

// sha256 over the bytes of all values in the order of the file; names and shapes are checked by the header.
function checksumOf(tensors: ReadonlyMap<string, StoredTensor>): string {
  const hash = createHash('sha256');
  for (const { values } of tensors.values()) hash.update(encodeFloat32(values));
  return `sha256:${hash.digest('hex')}`;
}
