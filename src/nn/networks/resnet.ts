/**
 * Residual networks (He et al. 2016, arXiv 1512.03385), with a stem for small images or for large ones:
 *
 *   small   3x3, stride 1, no max-pool, as is usual for images of 32x32 pixels
 *   large   7x7, stride 2, and a max-pool over 3x3, stride 2, as torchvision's, for images of 224x224
 *
 * Parameter names are torchvision's. The stages, their blocks and widths are data (table.ts); ResNet-18 and -50 have four
 * stages, the family for CPUs three or four narrow ones.
 */

import { type LayerMaker, maxPoolLayer, reluLayer, unchanged } from '../layers.ts';
import { residual } from '../network.ts';
import { type Layer, sequence } from '../pass.ts';

export interface ResNetOptions {
  readonly channels: number;
  readonly classes: number;
  /** Channels of the stem and the first stage; each further stage doubles them and halves height and width. */
  readonly width: number;
  /** Blocks of each stage. */
  readonly stages: readonly number[];
  readonly block: Block;
  readonly stem: Stem;
}

export const stems = ['small', 'large'] as const;

export type Stem = (typeof stems)[number];

/** How often a stem halves height and width. */
export const stemHalvings: Readonly<Record<Stem, number>> = { small: 0, large: 2 };

const stemConvolution = { small: { kernel: 3, stride: 1 }, large: { kernel: 7, stride: 2 } } as const;

const stemPooling = {
  small: unchanged,
  large: maxPoolLayer({ window: 3, stride: 2, padding: 1 }),
} as const satisfies Record<Stem, Layer>;

interface BlockOptions {
  readonly name: string;
  readonly inputs: number;
  readonly width: number;
  readonly stride: number;
}

/** The body of a residual block, and how many times wider than `width` its result is. */
export interface Block {
  readonly expansion: number;
  readonly body: (make: LayerMaker, options: BlockOptions) => Layer;
}

/** Two 3x3 convolutions. */
export const basicBlock: Block = {
  expansion: 1,
  body: (make, { name, inputs, width, stride }) =>
    sequence(
      make.adapted(`${name}.conv1`, {
        inputs,
        outputs: width,
        kernel: 3,
        stride,
        normalization: `${name}.bn1`,
        adapter: `${name}.adapter1`,
      }),
      reluLayer,
      make.adapted(`${name}.conv2`, {
        inputs: width,
        outputs: width,
        kernel: 3,
        normalization: `${name}.bn2`,
        adapter: `${name}.adapter2`,
      }),
    ),
};

/** 1x1 down, 3x3 (which carries the stride, as torchvision's), 1x1 up to four times the width. */
export const bottleneckBlock: Block = {
  expansion: 4,
  body: (make, { name, inputs, width, stride }) =>
    sequence(
      make.convolution(`${name}.conv1`, { inputs, outputs: width, kernel: 1 }),
      make.normalization(`${name}.bn1`, width),
      reluLayer,
      make.adapted(`${name}.conv2`, {
        inputs: width,
        outputs: width,
        kernel: 3,
        stride,
        normalization: `${name}.bn2`,
        adapter: `${name}.adapter2`,
      }),
      reluLayer,
      make.convolution(`${name}.conv3`, { inputs: width, outputs: 4 * width, kernel: 1 }),
      make.normalization(`${name}.bn3`, 4 * width),
    ),
};

function residualBlock(make: LayerMaker, block: Block, options: BlockOptions): Layer {
  const { name, inputs, width, stride } = options;
  const outputs = block.expansion * width;
  const body = block.body(make, options);
  const same = stride === 1 && inputs === outputs;
  const shortcut = same
    ? unchanged
    : sequence(
        make.convolution(`${name}.downsample.0`, { inputs, outputs, kernel: 1, stride }),
        make.normalization(`${name}.downsample.1`, outputs),
      );
  return sequence(residual(body, shortcut), reluLayer);
}

export function resnet(
  make: LayerMaker,
  { channels, classes, width, stages, block, stem }: ResNetOptions,
): Layer {
  const layers: Layer[] = [
    make.convolution('conv1', { inputs: channels, outputs: width, ...stemConvolution[stem] }),
    make.normalization('bn1', width),
    reluLayer,
    stemPooling[stem],
  ];
  let inputs = width;
  stages.forEach((blocks, stage) => {
    const stageWidth = width * 2 ** stage;
    for (let index = 0; index < blocks; index += 1) {
      const stride = index === 0 && stage > 0 ? 2 : 1;
      const name = `layer${stage + 1}.${index}`;
      layers.push(residualBlock(make, block, { name, inputs, width: stageWidth, stride }));
      inputs = stageWidth * block.expansion;
    }
  });
  return sequence(...layers, make.head('fc', inputs, classes));
}
