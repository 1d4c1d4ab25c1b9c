/**
 * Result documents: JSON files that carry a digest of themselves, so that an altered one is not taken for a result.
 *
 *   { "document": "evaluation", "version": 2, "created": "2026-01-31T12:00:00.000Z", ..., "digest": "9f86d0..." }
 *
 * digest = sha256 of the canonical JSON (json.ts) of all the rest. It guards against damage and careless editing, not
 * against someone who computes it anew. What the rest says is for the schema of the document's own room.
 */

import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { canonicalJson, checkSchema, parseJson, sha256 } from './json.ts';
import { fileError, readRegularFile, systemErrorCode } from './regular-file.ts';

/** The version of the frame that all documents share. */
export const documentVersion = 2;

const makeAgain = 'make it again';

/** What every document has besides its content. */
export interface DocumentFrame {
  /** What kind of document it is: 'evaluation', 'analysis'. */
  readonly document: string;
  readonly version: number;
  /** ISO time: the order of documents, whatever the times of their files. */
  readonly created: string;
  readonly digest: string;
}

/** Adds the frame to the content of a new document, made now. */
export function frameDocument<Content extends object>(
  document: string,
  content: Content,
): Content & DocumentFrame {
  return sealDocument({ document, version: documentVersion, created: new Date().toISOString(), ...content });
}

/** The document with its digest, ready to be written as JSON. */
export function sealDocument<Document extends object>(
  document: Document,
): Document & { readonly digest: string } {
  return { ...document, digest: digestOf(document) };
}

/** The digest that belongs to a document, whether or not it carries one. */
function digestOf(document: object): string {
  return sha256(canonicalJson({ ...document, digest: undefined }));
}

// A document without a version is of version 1.
const versionSchema = z.looseObject({ version: z.int().min(1).default(1), digest: z.unknown().optional() });
// Of documents that are kept in order; verdicts.json, of which there is one, has no time.
const createdSchema = z.looseObject({ created: z.iso.datetime() });

/**
 * Reads a document that sealDocument sealed.
 *
 * @param again What the user can do where it is of no use, in the imperative: "evaluate again".
 * @throws InputError that names the file: 'mismatch' if another version of dualbn made it, 'damaged' if it was altered or
 *   is not as the schema says.
 */
export function openSealed<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  again?: string,
): z.output<Schema> {
  return parseSealed(path, readRegularFile(path), schema, again);
}

/** As openSealed, from text; `file` names it in errors. */
export function parseSealed<Schema extends z.ZodType>(
  file: string,
  text: string,
  schema: Schema,
  again = makeAgain,
): z.output<Schema> {
  return checkSchema(file, openFrame(file, text, again), schema);
}

/** The document as it is in the text, if its version is ours and its digest right. */
function openFrame(file: string, text: string, again: string): z.output<typeof versionSchema> {
  const frame = checkSchema(file, parseJson(file, text), versionSchema);
  if (frame.version !== documentVersion) {
    const age =
      frame.version < documentVersion ? `an older version of dualbn: ${again}` : 'a newer version of dualbn';
    throw new InputError(`${file} was made by ${age}`, [], { code: 'mismatch' });
  }
  if (frame.digest !== digestOf(frame))
    throw new InputError(`${file} is damaged: it does not have the digest that it carries; ${again}`, [], {
      code: 'damaged',
    });
  return frame;
}

/** A document of a folder, by its file's name without extension. */
export interface StoredDocument<Document> {
  readonly name: string;
  readonly path: string;
  /** ISO time. */
  readonly created: string;
  readonly document: Document;
}

export interface StoredDocuments<Document> {
  /** The oldest first. */
  readonly found: readonly StoredDocument<Document>[];
  /** Why a file was left out, a line or more each. */
  readonly problems: readonly string[];
}

/**
 * The sealed documents among the `.json` files of a folder, which need not be there, in the order in which they were
 * created, then of their names. The times of files do not matter: a copy or a clone has others.
 *
 * Links, folders and whatever else is no regular file, and documents that cannot be opened, are left out and named.
 *
 * @throws InputError if the folder is there but cannot be read.
 */
export async function readDocuments<Schema extends z.ZodType>(
  folder: string,
  schema: Schema,
  again = makeAgain,
): Promise<StoredDocuments<z.output<Schema>>> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return { found: [], problems: [] };
    throw fileError('read', folder, error);
  }
  const names = entries
    .map(({ name }) => name)
    .filter((name) => name.endsWith('.json') && !name.startsWith('.'));
  const found: StoredDocument<z.output<Schema>>[] = [];
  const problems: string[] = [];
  for (const file of names.sort(byName)) {
    const path = join(folder, file);
    try {
      const frame = openFrame(path, readRegularFile(path), again);
      const { created } = checkSchema(path, frame, createdSchema);
      const document = checkSchema(path, frame, schema);
      found.push({ name: basename(file, '.json'), path, created, document });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(`left out: ${error.message}`);
    }
  }
  // Stable: equal times keep the order of names.
  found.sort((a, b) => Date.parse(a.created) - Date.parse(b.created));
  return { found, problems };
}

/** STEM-2 before STEM-10. */
const byName = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });
