/**
 * Residual networks (He et al. 2016, arXiv 1512.03385) with the stem of small images: 3x3, stride 1, no max-pool.
 *
 * Parameter names are torchvision's. The stages, their blocks and widths are data (table.ts); ResNet-18 and -50 have four
 * stages, the family for CPUs three or four narrow ones.
 */

import type { BranchSets } from '../cell.ts';
import { convolutionLayer, headLayer, reluLayer } from '../layers.ts';
import { residual } from '../network.ts';
import { normalizationLayer } from '../normalization.ts';
import { each, type Layer, sequence } from '../pass.ts';
import type { Declare } from '../variables.ts';

export interface ResNetOptions {
  readonly channels: number;
  readonly classes: number;
  readonly sets: BranchSets;
  /** Channels of the first stage; each further stage doubles them and halves height and width. */
  readonly width: number;
  /** Blocks of each stage. */
  readonly stages: readonly number[];
  readonly block: Block;
}

interface BlockOptions {
  readonly name: string;
  readonly inputs: number;
  readonly width: number;
  readonly stride: number;
  readonly sets: BranchSets;
}

/** The body of a residual block, and how many times wider than `width` its result is. */
export interface Block {
  readonly expansion: number;
  readonly body: (declare: Declare, options: BlockOptions) => Layer;
}

/** Two 3x3 convolutions. */
export const basicBlock: Block = {
  expansion: 1,
  body: (declare, { name, inputs, width, stride, sets }) =>
    sequence(
      convolutionLayer(declare, `${name}.conv1`, { inputs, outputs: width, kernel: 3, stride }),
      normalizationLayer(declare, `${name}.bn1`, width, sets),
      reluLayer,
      convolutionLayer(declare, `${name}.conv2`, { inputs: width, outputs: width, kernel: 3 }),
      normalizationLayer(declare, `${name}.bn2`, width, sets),
    ),
};

/** 1x1 down, 3x3 (which carries the stride, as torchvision's), 1x1 up to four times the width. */
export const bottleneckBlock: Block = {
  expansion: 4,
  body: (declare, { name, inputs, width, stride, sets }) =>
    sequence(
      convolutionLayer(declare, `${name}.conv1`, { inputs, outputs: width, kernel: 1 }),
      normalizationLayer(declare, `${name}.bn1`, width, sets),
      reluLayer,
      convolutionLayer(declare, `${name}.conv2`, { inputs: width, outputs: width, kernel: 3, stride }),
      normalizationLayer(declare, `${name}.bn2`, width, sets),
      reluLayer,
      convolutionLayer(declare, `${name}.conv3`, { inputs: width, outputs: 4 * width, kernel: 1 }),
      normalizationLayer(declare, `${name}.bn3`, 4 * width, sets),
    ),
};

function residualBlock(declare: Declare, block: Block, options: BlockOptions): Layer {
  const { name, inputs, width, stride, sets } = options;
  const outputs = block.expansion * width;
  const body = block.body(declare, options);
  const same = stride === 1 && inputs === outputs;
  const shortcut = same
    ? each((x) => x)
    : sequence(
        convolutionLayer(declare, `${name}.downsample.0`, { inputs, outputs, kernel: 1, stride }),
        normalizationLayer(declare, `${name}.downsample.1`, outputs, sets),
      );
  return sequence(residual(body, shortcut), reluLayer);
}

export function resnet(
  declare: Declare,
  { channels, classes, sets, width, stages, block }: ResNetOptions,
): Layer {
  const layers: Layer[] = [
    convolutionLayer(declare, 'conv1', { inputs: channels, outputs: width, kernel: 3 }),
    normalizationLayer(declare, 'bn1', width, sets),
    reluLayer,
  ];
  let inputs = width;
  stages.forEach((blocks, stage) => {
    const stageWidth = width * 2 ** stage;
    for (let index = 0; index < blocks; index += 1) {
      const stride = stage > 0 && index === 0 ? 2 : 1;
      const name = `layer${stage + 1}.${index}`;
      layers.push(residualBlock(declare, block, { name, inputs, width: stageWidth, stride, sets }));
      inputs = stageWidth * block.expansion;
    }
  });
  return sequence(...layers, headLayer(declare, 'fc', inputs, classes));
}
