/**
 * Networks whose blocks normalize before they convolve (He et al. 2016b, arXiv 1603.05027): pre-activation ResNets, as
 * adversarial training uses them (names after kuangliu/pytorch-cifar, with the last normalization of Rice et al. 2020),
 * and wide residual networks (Zagoruyko & Komodakis 2016, arXiv 1605.07146; names after the WRN that TRADES published).
 *
 * One block serves both; what differs is names and widths, given as data.
 */
import type { BranchSets } from '../cell.ts';
import { convolutionLayer, headLayer, reluLayer } from '../layers.ts';
import { residual } from '../network.ts';
import { normalizationLayer } from '../normalization.ts';
import { each, type Layer, sequence } from '../pass.ts';
import type { Declare } from '../variables.ts';

/** The names under which PyTorch code keeps the parts. */
export interface PreactivationNames {
  readonly block: (stage: number, index: number) => string;
  readonly shortcut: string;
  readonly lastNormalization: string;
  readonly head: string;
}

export const preactResnetNames: PreactivationNames = {
  block: (stage, index) => `layer${stage + 1}.${index}`,
  shortcut: 'shortcut.0',
  lastNormalization: 'bn',
  head: 'linear',
};

export const wideResnetNames: PreactivationNames = {
  block: (stage, index) => `block${stage + 1}.layer.${index}`,
  shortcut: 'convShortcut',
  lastNormalization: 'bn1',
  head: 'fc',
};

export interface PreactivationOptions {
  readonly channels: number;
  readonly classes: number;
  readonly sets: BranchSets;
  /** Channels after the stem. */
  readonly stem: number;
  /** Width and number of blocks of each stage; every stage after the first halves height and width. */
  readonly stages: readonly { readonly width: number; readonly blocks: number }[];
  readonly names: PreactivationNames;
}

interface BlockOptions {
  readonly name: string;
  readonly shortcut: string;
  readonly inputs: number;
  readonly width: number;
  readonly stride: number;
  readonly sets: BranchSets;
}

/** h = relu(bn1(x)); y = conv2(relu(bn2(conv1(h)))) + shortcut, where the shortcut is x, or a convolution of h. */
function preactivationBlock(declare: Declare, options: BlockOptions): Layer {
  const { name, shortcut, inputs, width, stride, sets } = options;
  const enter = sequence(normalizationLayer(declare, `${name}.bn1`, inputs, sets), reluLayer);
  const body = sequence(
    convolutionLayer(declare, `${name}.conv1`, { inputs, outputs: width, kernel: 3, stride }),
    normalizationLayer(declare, `${name}.bn2`, width, sets),
    reluLayer,
    convolutionLayer(declare, `${name}.conv2`, { inputs: width, outputs: width, kernel: 3 }),
  );
  if (stride === 1 && inputs === width)
    return residual(
      sequence(enter, body),
      each((x) => x),
    );
  const project = convolutionLayer(declare, `${name}.${shortcut}`, {
    inputs,
    outputs: width,
    kernel: 1,
    stride,
  });
  return sequence(enter, residual(body, project));
}

export function preactivationNetwork(
  declare: Declare,
  { channels, classes, sets, stem, stages, names }: PreactivationOptions,
): Layer {
  const layers: Layer[] = [
    convolutionLayer(declare, 'conv1', { inputs: channels, outputs: stem, kernel: 3 }),
  ];
  let inputs = stem;
  stages.forEach(({ width, blocks }, stage) => {
    for (let index = 0; index < blocks; index += 1) {
      const stride = stage > 0 && index === 0 ? 2 : 1;
      const { shortcut } = names;
      layers.push(
        preactivationBlock(declare, {
          name: names.block(stage, index),
          shortcut,
          inputs,
          width,
          stride,
          sets,
        }),
      );
      inputs = width;
    }
  });
  layers.push(normalizationLayer(declare, names.lastNormalization, inputs, sets), reluLayer);
  return sequence(...layers, headLayer(declare, names.head, inputs, classes));
}
