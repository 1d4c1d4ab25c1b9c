/** `dualbn import`: a run directory from weights that were trained elsewhere. */
import { importRun, type PlannedImport, planImport } from '../../interop/index.ts';
import { networkNames } from '../../nn/index.ts';
import { type Column, formatTable } from '../io.ts';
import type { AddCommand } from '../options.ts';
import { dataOption, setOption, wholeNumber } from '../options.ts';
import { loadingOf } from '../sessions.ts';

interface Options {
  readonly key?: string;
  readonly network?: string;
  readonly width?: number;
  readonly dataset?: string;
  readonly as?: string;
  readonly run?: string;
  readonly set: readonly string[];
  readonly data?: string;
  readonly dryRun?: true;
}

export const addImport: AddCommand = (program, io) => {
  program
    .command('import')
    .summary('a run directory from PyTorch weights (.pth, .safetensors)')
    .description(
      'Makes a run directory from a state dict with the names of PyTorch, so that evaluate, analyze, report and export work ' +
        'on it. What does not fit is listed, all of it, and nothing is written. See docs/interop.md.',
    )
    .argument('<file>', 'a file of torch.save (.pt, .pth), of which nothing is run, or a .safetensors file')
    .option('--key <name>', 'which state dict of a file of torch.save that holds several, such as ema')
    .option('--network <name>', `${networkNames.join(', ')}; files of \`dualbn export\` say it themselves`)
    .option(
      '--width <channels>',
      "channels of its first stage, if not the network's own",
      wholeNumber('--width'),
    )
    .option('--dataset <name>', 'the data set it was trained on, which it is evaluated on')
    .option(
      '--as <what>',
      'what a plain state dict becomes: single (a plain network), both (each branch of Dual BN), or one branch: clean, adv',
    )
    .option('--run <directory>', 'the run directory; default runs/ and what it is. Never overwritten')
    .option('--dry-run', 'print which tensor becomes which, and write nothing')
    .addOption(setOption())
    .addOption(dataOption())
    .action(async (file: string, { run: directory, set, data, dryRun, ...rest }: Options) => {
      const request = { file, directory, overrides: set, ...rest };
      const loading = { signal: io.signal, ...loadingOf(io, data) };
      const tell = (notes: readonly string[]) => {
        for (const note of notes) io.stderr.write(`${file}: ${note}\n`);
      };
      if (dryRun) {
        const planned = await planImport(request, loading);
        tell(planned.notes);
        io.stdout.write(formatTable(mapColumns, mapRows(planned)));
        return;
      }
      const { run, notes } = await importRun(request, loading);
      tell(notes);
      io.stdout.write(`${run.directory}\n`);
    });
};

const mapColumns: readonly Column[] = [{ title: 'in the file' }, { title: 'becomes' }, { title: 'shape' }];

/** The variables of the network, in its order. */
const mapRows = ({ mapping: { tensors, sources } }: PlannedImport) =>
  [...tensors].map(([name, { shape }]) => [
    sources.get(name) ?? '- (as training starts)',
    name,
    shape.join(' x ') || 'one number',
  ]);
