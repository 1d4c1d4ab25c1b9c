/** The figures and tables of sections as files: SVG and CSV as text. Writing them is for the caller. */
import type { Block, Picture, Section, Table } from './blocks.ts';
import { csv } from './csv.ts';
import { standAlone } from './drawing.ts';
import type { DrawnFigure } from './figure.ts';
import type { Theme } from './palette.ts';

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
