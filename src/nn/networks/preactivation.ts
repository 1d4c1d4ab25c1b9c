/**
 * Networks whose blocks normalize before they convolve (He et al. 2016b, arXiv 1603.05027): pre-activation ResNets, as
 * adversarial training uses them (names after kuangliu/pytorch-cifar, with the last normalization of Rice et al. 2020),
 * and wide residual networks (Zagoruyko & Komodakis 2016, arXiv 1605.07146; names after the WRN that TRADES published).
 *
 * One block serves both; what differs is names and widths, given as data.
 */
import { type LayerMaker, reluLayer, unchanged } from '../layers.ts';
import { residual } from '../network.ts';
import { type Layer, sequence } from '../pass.ts';

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
}

/**
 * h = relu(bn1(x)); y = conv2(relu(bn2(conv1(h)))) + shortcut, where the shortcut is x, or a convolution of h. Serial adapters
 * come right after the convolutions.
 */
function preactivationBlock(make: LayerMaker, options: BlockOptions): Layer {
  const { name, shortcut, inputs, width, stride } = options;
  const enter = sequence(make.normalization(`${name}.bn1`, inputs), reluLayer);
  const body = sequence(
    make.adapted(`${name}.conv1`, {
      inputs,
      outputs: width,
      kernel: 3,
      stride,
      adapter: `${name}.adapter1`,
    }),
    make.normalization(`${name}.bn2`, width),
    reluLayer,
    make.adapted(`${name}.conv2`, {
      inputs: width,
      outputs: width,
      kernel: 3,
      adapter: `${name}.adapter2`,
    }),
  );
  if (stride === 1 && inputs === width) return residual(sequence(enter, body), unchanged);
  const project = make.convolution(`${name}.${shortcut}`, { inputs, outputs: width, kernel: 1, stride });
  return sequence(enter, residual(body, project));
}

export function preactivationNetwork(
  make: LayerMaker,
  { channels, classes, stem, stages, names }: PreactivationOptions,
): Layer {
  const layers: Layer[] = [make.convolution('conv1', { inputs: channels, outputs: stem, kernel: 3 })];
  let inputs = stem;
  stages.forEach(({ width, blocks }, stage) => {
    for (let index = 0; index < blocks; index += 1) {
      const stride = stage > 0 && index === 0 ? 2 : 1;
      const { shortcut } = names;
      layers.push(
        preactivationBlock(make, {
          name: names.block(stage, index),
          shortcut,
          inputs,
          width,
          stride,
        }),
      );
      inputs = width;
    }
  });
  layers.push(make.normalization(names.lastNormalization, inputs), reluLayer);
  return sequence(...layers, make.head(names.head, inputs, classes));
}
