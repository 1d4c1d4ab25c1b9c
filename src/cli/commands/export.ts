/** `dualbn export`: a trained run as a file for other programs. */
import { Option } from 'commander';
import { InputError } from '../../errors.ts';
import { type CellRequest, exportSafetensors } from '../../exchange/index.ts';
import { cellLabel } from '../../nn/index.ts';
import { type CheckpointName, openRun } from '../../runs/index.ts';
import type { AddCommand } from '../command.ts';
import { dataOption } from '../options.ts';

interface Options {
  readonly safetensors?: string;
  readonly branch?: string;
  readonly ns?: string;
  readonly ap?: string;
  readonly adapter?: string;
  readonly head?: string;
  readonly checkpoint: CheckpointName;
  readonly data?: string;
}

export const addExport: AddCommand = (program, io) => {
  program
    .command('export')
    .summary('a trained run for PyTorch or ONNX')
    .description('Writes the weights of a run under the names of PyTorch. See docs/exchange.md.')
    .argument('<run>', 'the run directory')
    .option('--safetensors <file>', 'weights: all of the network, or the chosen cell as a plain one')
    .option('--branch <name>', 'the cell: this branch wherever there is a choice')
    .option('--ns <branch>', 'the cell: normalization statistics of this branch')
    .option('--ap <branch>', 'the cell: affine parameters of this branch')
    .option('--adapter <branch>', 'the cell: adapters of this branch')
    .option('--head <branch>', 'the cell: head of this branch')
    .addOption(
      new Option('--checkpoint <name>', 'the last, or the best by validation')
        .choices(['last', 'best'])
        .default('last'),
    )
    .addOption(dataOption())
    .action(async (directory: string, options: Options) => {
      const { safetensors, checkpoint, data } = options;
      if (safetensors === undefined) throw new InputError('say what to write: --safetensors FILE');
      const run = openRun(directory);
      const { tensors, cell } = await exportSafetensors(run, safetensors, {
        checkpoint,
        cell: cellRequest(options),
        environment: io.environment,
        signal: io.signal,
        ...(data === undefined ? {} : { directory: data }),
      });
      io.stderr.write(`${tensors} tensors of ${cell ? cellLabel(cell) : 'the whole network'}\n`);
      io.stdout.write(`${safetensors}\n`);
    });
};

const cellRequest = ({ branch, ns, ap, adapter, head }: Options): CellRequest => ({
  branch,
  statistics: ns,
  affine: ap,
  adapter,
  head,
});
