/** Whose result a document is: the network, where its values come from, the data and the engine. */
import { z } from 'zod';
import type { EngineDescription } from '../engines/engine.ts';

export const documentSubjectSchema = z.object({
  /** Name of the run directory, or of the file of an external model. */
  run: z.string(),
  /** configurationHash; null for an external model. */
  configuration: z.string().nullable(),
  regime: z.string().nullable(),
  /** Of training. */
  seed: z.int().nullable(),
  network: z.string(),
  checkpoint: z.object({
    name: z.enum(['last', 'best', 'file']),
    /** Whole epochs that it was trained for. */
    epoch: z.int().min(0),
    step: z.int().min(0),
    /** sha256. */
    digest: z.string(),
  }),
  dataset: z.object({ name: z.string(), checksum: z.string() }),
  engine: z.object({
    name: z.string(),
    version: z.string(),
    threads: z.int(),
    device: z.string(),
    instructionSet: z.string(),
    settings: z.record(z.string(), z.string()),
  }),
});

export type DocumentSubject = Readonly<z.output<typeof documentSubjectSchema>>;

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
