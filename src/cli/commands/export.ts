/** `dualbn export`: a trained run as a file for other programs. */
import { Option } from 'commander';
import { createEngine, engineNames } from '../../engines/index.ts';
import { InputError } from '../../errors.ts';
import { planEvaluation } from '../../experiments/index.ts';
import {
  type CellRequest,
  exportOnnx,
  exportRobustBench,
  exportSafetensors,
  exportTorch,
  type OnnxCheck,
} from '../../interop/index.ts';
import { cellLabel } from '../../nn/index.ts';
import { type CheckpointName, openRun } from '../../runs/index.ts';
import { formatBytes } from '../io.ts';
import type { AddCommand } from '../options.ts';
import { dataOption, type EngineChoice, overriddenEngine, wholeNumber } from '../options.ts';
import { loadingOf } from '../sessions.ts';

/** What goes with --robustbench alone. */
interface RobustBenchOptions {
  readonly evaluation?: string;
  readonly name?: string;
  readonly authors?: string;
  readonly link?: string;
  readonly venue?: string;
  readonly architecture?: string;
  readonly additionalData?: true;
}

interface Options extends RobustBenchOptions {
  readonly robustbench?: string;
  readonly safetensors?: string;
  readonly pytorch?: string;
  readonly onnx?: string;
  readonly attack?: string;
  readonly epsilon?: string;
  readonly batch?: number;
  readonly branch?: string;
  readonly ns?: string;
  readonly ap?: string;
  readonly adapter?: string;
  readonly head?: string;
  readonly checkpoint?: CheckpointName;
  readonly data?: string;
  readonly engine?: EngineChoice['engine'];
}

export const addExport: AddCommand = (program, io) => {
  program
    .command('export')
    .summary('a trained run for PyTorch, ONNX or RobustBench')
    .description(
      'Writes the weights of a run under the names of PyTorch; or one cell of it as an ONNX model for any number of images, ' +
        'from images in [0, 1] to logits or, with --attack, from images, one-hot labels and a start to adversarial images. ' +
        'An ONNX model is checked against the program before it is written. Or the entry of a cell for RobustBench, from an ' +
        'evaluation with AutoAttack. See docs/interop.md.',
    )
    .argument('<run>', 'the run directory')
    .option('--safetensors <file>', 'weights: all of the network, or the chosen cell as a plain one')
    .option('--pytorch <file>', 'the same as torch.save writes it, for torch.load(file, weights_only=True)')
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
      new Option('--checkpoint <name>', 'the last, or the best by validation; default last').choices([
        'last',
        'best',
      ]),
    )
    .addOption(dataOption())
    .addOption(new Option('--engine <name>', 'what checks an ONNX model').choices(['auto', ...engineNames]))
    .option('--robustbench <file>', 'the entry of the chosen cell for RobustBench, as JSON')
    .option(
      '--evaluation <name>',
      'with --robustbench: which, by its name in evaluations/; default the only one with AutoAttack (aa)',
    )
    .option('--name <title>', 'with --robustbench: the title; default the name of the run')
    .option('--authors <names>', 'with --robustbench: the authors')
    .option('--link <url>', 'with --robustbench: where it is published')
    .option('--venue <name>', 'with --robustbench: where it appeared; default N/A')
    .option('--architecture <name>', 'with --robustbench: the network; default its usual name')
    .option('--additional-data', 'with --robustbench: it was trained on more than the data set')
    .action(async (directory: string, options: Options) => {
      const { robustbench, safetensors, pytorch, onnx, attack, epsilon, batch, data } = options;
      if ([robustbench, safetensors, pytorch, onnx].filter((file) => file !== undefined).length !== 1)
        throw new InputError(
          'say what to write: --safetensors FILE, --pytorch FILE, --onnx FILE, or --robustbench FILE',
        );
      const entry = robustBenchOptions(options);
      const [stray] = Object.entries(entry).flatMap(([key, value]) => (value === undefined ? [] : [key]));
      if (robustbench === undefined && stray !== undefined)
        throw new InputError(
          `--${stray.replace('additionalData', 'additional-data')} goes with --robustbench, which is missing`,
        );
      if (onnx === undefined && attack !== undefined)
        throw new InputError('--attack goes with --onnx: an attack is a model, not weights');
      if (attack === undefined && epsilon !== undefined)
        throw new InputError('--epsilon is the bound of --attack, which is missing');
      const run = openRun(directory);
      if (robustbench !== undefined) {
        const { checkpoint } = options;
        const request = { ...entry, checkpoint, cell: cellRequest(options) };
        const { evaluation, warnings } = await exportRobustBench(run, robustbench, request);
        for (const warning of warnings) io.stderr.write(`warning: ${warning}\n`);
        io.stderr.write(`from the evaluation ${evaluation}\n`);
        io.stdout.write(`${robustbench}\n`);
        return;
      }
      const { checkpoint = 'last' } = options;
      const common = { checkpoint, cell: cellRequest(options), ...loadingOf(io, data) };
      const weights = safetensors ?? pytorch;
      if (weights !== undefined) {
        const write = safetensors === undefined ? exportTorch : exportSafetensors;
        const { tensors, cell } = await write(run, weights, common);
        io.stderr.write(`${tensors} tensors of ${cell ? cellLabel(cell) : 'the whole network'}\n`);
        io.stdout.write(`${weights}\n`);
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

const robustBenchOptions = (options: Options) => {
  const { evaluation, name, authors, link, venue, architecture, additionalData } = options;
  return { evaluation, name, authors, link, venue, architecture, additionalData };
};
