/**
 * The figures and tables of a report as files: SVG and CSV as text, made of the same blocks as the page, with a PNG drawn of
 * each SVG where they are written to a folder.
 *
 * A folder is written again when its report is made again, perhaps of fewer runs. report-files.json in it lists what the last
 * report wrote, by digest, so that files which the new one does not have can go. What is not listed, or was changed since, is
 * the user's and stays.
 */
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fileError, kindOf, readableJson, readJson, sha256, writeAtomically } from '../files/index.ts';
import type { Block, Picture, Section, Table } from './blocks.ts';
import { drawingPng, standAlone } from './drawing.ts';
import { csv, type DrawnFigure } from './figure.ts';
import type { Theme } from './series.ts';

export interface FigureFile {
  /** Without extension, such as 'claim-2'. */
  readonly name: string;
  /** A drawing that stands alone. */
  readonly svg: string;
}

export interface TableFile {
  /** Without extension; a figure and its data have the same name. */
  readonly name: string;
  readonly csv: string;
}

export interface ReportFiles {
  readonly figures: readonly FigureFile[];
  readonly tables: readonly TableFile[];
}

/** Every figure and table of sections, in reading order. */
export function filesOf(sections: readonly Section[], theme: Theme = 'light'): ReportFiles {
  const blocks = sections.flatMap(({ blocks }) => blocks.flatMap(flat));
  const data = blocks.flatMap((block): readonly (DrawnFigure | Picture | Table)[] => {
    if (block.kind === 'figure') return [block.figure];
    if (block.kind === 'picture') return [block.picture];
    return block.kind === 'table' ? [block.table] : [];
  });
  return {
    figures: data.flatMap((each) =>
      'svg' in each ? [{ name: each.id, svg: standAlone(each.svg, theme) }] : [],
    ),
    tables: data.map(({ id, data: rows }) => ({ name: id, csv: csv(rows) })),
  };
}

const flat = (block: Block): readonly Block[] => ('blocks' in block ? block.blocks.flatMap(flat) : [block]);

const listName = 'report-files.json';
const folders = ['figures', 'tables'] as const;

/** By path in the folder, such as figures/tradeoff.svg: the sha256 of what was written. */
const listSchema = z.object({
  files: z.record(z.string().regex(/^(figures|tables)\/[\w-]+\.(svg|png|csv)$/), z.string()),
});

type Listed = z.output<typeof listSchema>['files'];

/**
 * Writes DIR/figures/NAME.svg and NAME.png, and DIR/tables/NAME.csv; what has those names is replaced, and what an earlier
 * report wrote and this one does not have is removed. Nothing is put in place before all is drawn and on the disk.
 *
 * @returns the paths written
 * @throws InputError where the folder cannot be written, or its list of files is damaged.
 */
export async function writeFigures(directory: string, { figures, tables }: ReportFiles): Promise<string[]> {
  for (const folder of folders) await makeFolder(join(directory, folder));
  const list = join(directory, listName);
  const earlier = kindOf(list) === undefined ? {} : readJson(list, listSchema).files;
  await removeAbandoned(directory);
  const staging = join(directory, `${stagingPrefix}${process.pid}-${staged++}`);
  const listed: Record<string, string> = {};
  const write = async (name: string, content: string | Uint8Array) => {
    await writeAtomically(join(staging, name), content);
    listed[name] = sha256(content);
  };
  try {
    for (const folder of folders) await makeFolder(join(staging, folder));
    for (const { name, svg } of figures) {
      await write(`figures/${name}.svg`, svg);
      await write(`figures/${name}.png`, await drawingPng(svg));
    }
    for (const { name, csv: text } of tables) await write(`tables/${name}.csv`, text);
    // The list first: should this be cut now, the next report knows of all that may be there.
    await writeAtomically(list, readableJson({ files: { ...earlier, ...listed } }));
    for (const name of Object.keys(listed)) await move(join(staging, name), join(directory, name));
    await removeEarlier(directory, earlier, listed);
    await writeAtomically(list, readableJson({ files: listed }));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return Object.keys(listed).map((name) => join(directory, name));
}

const stagingPrefix = '.report-files-';
const abandonedAfter = 60 * 60 * 1000;
let staged = 0;

/** What a killed process left of its writing an hour ago: another may be writing now. */
async function removeAbandoned(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    if (!name.startsWith(stagingPrefix) || kindOf(path) !== 'folder') continue;
    if (Date.now() - (await stat(path)).mtimeMs > abandonedAfter) await rm(path, { recursive: true });
  }
}

/** Files of an earlier report that this one does not have, unless somebody changed them. */
async function removeEarlier(directory: string, earlier: Listed, now: Listed): Promise<void> {
  for (const [name, digest] of Object.entries(earlier)) {
    const path = join(directory, name);
    if (Object.hasOwn(now, name) || kindOf(path) !== 'file') continue;
    if (sha256(await readFile(path)) === digest) await rm(path);
  }
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw fileError('write into', path, error);
  });
}

async function move(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: unknown) => {
    throw fileError('write', to, error);
  });
}
