/** The figures of a run as SVG files that stand alone, for papers and READMEs. */
import type { Theme } from './drawing/palette.ts';
import { type FigureFile, filesOf } from './files.ts';
import type { ReportRun } from './model.ts';
import { eachRun } from './sections/run.ts';

export async function renderFigures(run: ReportRun, theme: Theme = 'light'): Promise<readonly FigureFile[]> {
  const generated = { version: '', command: '', date: '' };
  return filesOf(await eachRun({ title: run.name, runs: [run], generated }), theme).figures;
}
