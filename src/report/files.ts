/** The figures and tables of a report as files: SVG and CSV as text, PNG drawn from the SVG where they are written. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { fileError, writeAtomically } from '../files/index.ts';
import { csv } from './csv.ts';
import type { Theme } from './drawing/palette.ts';
import { standAlone } from './drawing/stand-alone.ts';
import type { DrawnFigure } from './figures/figure.ts';
import type { Block, Picture, Section, Table } from './sections/section.ts';

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

/**
 * Writes DIR/figures/NAME.svg and NAME.png, and DIR/tables/NAME.csv; what has those names is replaced.
 *
 * @returns the paths written
 * @throws InputError where the folder cannot be written.
 */
export async function writeFigures(directory: string, { figures, tables }: ReportFiles): Promise<string[]> {
  const folder = async (name: string) => {
    const path = join(directory, name);
    await mkdir(path, { recursive: true }).catch((error: unknown) => {
      throw fileError('write into', path, error);
    });
    return path;
  };
  const [drawings, data] = [await folder('figures'), await folder('tables')];
  const written: string[] = [];
  const write = async (path: string, content: string | Uint8Array) => {
    await writeAtomically(path, content);
    written.push(path);
  };
  for (const { name, svg } of figures) {
    await write(join(drawings, `${name}.svg`), svg);
    await write(join(drawings, `${name}.png`), await png(svg));
  }
  for (const { name, csv: text } of tables) await write(join(data, `${name}.csv`), text);
  return written;
}

/** Twice as many pixels as the drawing has units; SVG has 72 of them to the inch here. */
const png = (svg: string): Promise<Uint8Array> => sharp(Buffer.from(svg), { density: 144 }).png().toBuffer();
