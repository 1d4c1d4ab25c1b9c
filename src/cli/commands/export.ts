/** `dualbn export`: a trained run as a file for other programs. */
import { Option } from 'commander';
import { createEngine, engineNames } from '../../engines/index.ts';
import { InputError } from '../../errors.ts';
import { planEvaluation } from '../../experiments/index.ts';
import { type CellRequest, exportOnnx, exportSafetensors, type OnnxCheck } from '../../interop/index.ts';
import { cellLabel } from '../../nn/index.ts';
import { type CheckpointName, openRun } from '../../runs/index.ts';
import { formatBytes } from '../io.ts';
import type { AddCommand } from '../options.ts';
import { dataOption, type EngineChoice, overriddenEngine, wholeNumber } from '../options.ts';
import { loadingOf } from '../sessions.ts';

interface Options {
  readonly safetensors?: string;
  readonly onnx?: string;
  readonly attack?: string;
  readonly epsilon?: string;
  readonly batch?: number;
  readonly branch?: string;
  readonly ns?: string;
  readonly ap?: string;
  readonly adapter?: string;
  readonly head?: string;
  readonly checkpoint: CheckpointName;
  readonly data?: string;
  readonly engine?: EngineChoice['engine'];
}

export const addExport: AddCommand = (program, io) => {
  program
    .command('export')
    .summary('a trained run for PyTorch or ONNX')
    .description(
      'Writes the weights of a run under the names of PyTorch; or one cell of it as an ONNX model for any number of images, ' +
        'from images in [0, 1] to logits or, with --attack, from images, one-hot labels and a start to adversarial images. ' +
        'An ONNX model is checked against the program before it is written. See docs/interop.md.',
    )
    .argument('<run>', 'the run directory')
    .option('--safetensors <file>', 'weights: all of the network, or the chosen cell as a plain one')
    .option('--onnx <file>', 'the chosen cell as a classifier, or an attack on it')
    .option('--attack <name>', 'with --onnx: the attack, such as pgd-10, with its steps unrolled')
    .option('--epsilon <size>', 'the bound of that attack, such as 8/255; default that of the evaluation')
    .option(
      '--batch <images>',
      'with --onnx: take this number of images and no other; default any',
      wholeNumber('--batch'),
    )
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
    .addOption(new Option('--engine <name>', 'what checks an ONNX model').choices(['auto', ...engineNames]))
    .action(async (directory: string, options: Options) => {
      const { safetensors, onnx, attack, epsilon, batch, checkpoint, data } = options;
      if ((safetensors === undefined) === (onnx === undefined))
        throw new InputError('say what to write: --safetensors FILE, or --onnx FILE');
      if (onnx === undefined && attack !== undefined)
        throw new InputError('--attack goes with --onnx: an attack is a model, not weights');
      if (attack === undefined && epsilon !== undefined)
        throw new InputError('--epsilon is the bound of --attack, which is missing');
      const run = openRun(directory);
      const common = { checkpoint, cell: cellRequest(options), ...loadingOf(io, data) };
      if (safetensors !== undefined) {
        const { tensors, cell } = await exportSafetensors(run, safetensors, common);
        io.stderr.write(`${tensors} tensors of ${cell ? cellLabel(cell) : 'the whole network'}\n`);
        io.stdout.write(`${safetensors}\n`);
      }
      if (onnx !== undefined) {
        const plan = planEvaluation(run.configuration, { attacks: attack ? [attack] : [], epsilon });
        const engine = await createEngine(overriddenEngine(io, run.configuration.engine, options));
        try {
          const bound = attack === undefined ? undefined : { name: attack, epsilon: plan.epsilon };
          const { cell, bytes, check } = await exportOnnx(run, onnx, engine, {
            ...common,
            batch,
            attack: bound,
          });
          io.stderr.write(`${cellLabel(cell)}, ${formatBytes(bytes)}; ${describeCheck(check)}\n`);
          io.stdout.write(`${onnx}\n`);
        } finally {
          await engine.dispose();
        }
      }
    });
};

function describeCheck({ images, largestDifference, otherPixels }: OnnxCheck): string {
  const difference = largestDifference.toPrecision(2);
  return otherPixels === undefined
    ? `largest difference from this program in the logits of ${images} test images: ${difference}`
    : `adversarial images of ${images} test images: ${(100 * otherPixels).toFixed(2)} % of the pixels differ from this program's, by ${difference} at the most`;
}

const cellRequest = ({ branch, ns, ap, adapter, head }: Options): CellRequest => ({
  branch,
  statistics: ns,
  affine: ap,
  adapter,
  head,
});
