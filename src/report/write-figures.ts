/** The figures and tables of a report written to a folder, with a PNG drawn of each SVG. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, writeAtomically } from '../files/index.ts';
import { drawingPng, type ReportFiles } from '../figures/index.ts';

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
    await write(join(drawings, `${name}.png`), await drawingPng(svg));
  }
  for (const { name, csv: text } of tables) await write(join(data, `${name}.csv`), text);
  return written;
}
