/**
 * What is compared with PyTorch: every network, the regimes that PyTorch code is made of, both norms, one and several channels, odd and oblong images.
 * Widths are small where the float64 reference engine runs the case; the fast engine has its own list, of usable networks.
 */
import type { AscentNormName } from '../../src/attacks/index.ts';
import type { ImageShape, NetworkName, Stem } from '../../src/nn/index.ts';
import type { RegimeName } from '../../src/training/regimes.ts';

export interface ParityCase {
  readonly network: NetworkName;
  readonly regime: RegimeName;
  /** The network's own width if undefined. */
  readonly width?: number;
  /** 'small' if undefined. */
  readonly stem?: Stem;
  readonly images: ImageShape;
  readonly classes: number;
  readonly batch: number;
  readonly norm: AscentNormName;
}

const rgb = (height: number, width = height): ImageShape => ({ channels: 3, height, width });
const gray = (height: number, width = height): ImageShape => ({ channels: 1, height, width });

export const smallCases: readonly ParityCase[] = [
  { network: 'resnet8', regime: 'standard', width: 4, images: gray(9), classes: 10, batch: 5, norm: 'linf' },
  {
    network: 'resnet10',
    regime: 'dual-ap',
    width: 4,
    images: rgb(12, 8),
    classes: 7,
    batch: 6,
    norm: 'linf',
  },
  { network: 'resnet20', regime: 'hybrid', width: 4, images: rgb(8), classes: 10, batch: 6, norm: 'linf' },
  { network: 'resnet18', regime: 'dual-bn', width: 4, images: rgb(16), classes: 10, batch: 4, norm: 'linf' },
  {
    network: 'resnet18',
    regime: 'dual-ns',
    width: 4,
    images: rgb(11, 13),
    classes: 10,
    batch: 4,
    norm: 'l2',
  },
  { network: 'resnet50', regime: 'dual-bn', width: 2, images: rgb(16), classes: 10, batch: 4, norm: 'linf' },
  {
    network: 'preact-resnet18',
    regime: 'hybrid-two-pass',
    width: 4,
    images: rgb(16),
    classes: 10,
    batch: 4,
    norm: 'linf',
  },
  { network: 'wrn-28-10', regime: 'dual-bn', width: 4, images: rgb(8), classes: 10, batch: 4, norm: 'l2' },
  { network: 'resnet8', regime: 'trades', width: 4, images: rgb(8), classes: 6, batch: 5, norm: 'linf' },
  {
    network: 'resnet10',
    regime: 'trades-dual-bn',
    width: 4,
    images: rgb(12),
    classes: 10,
    batch: 4,
    norm: 'l2',
  },
  { network: 'resnet8', regime: 'mart', width: 4, images: rgb(8), classes: 6, batch: 5, norm: 'linf' },
  {
    network: 'resnet8',
    regime: 'madry-dual-bn',
    width: 4,
    images: gray(8),
    classes: 6,
    batch: 5,
    norm: 'linf',
  },
  {
    network: 'resnet18',
    regime: 'dual-bn',
    width: 4,
    stem: 'large',
    images: rgb(33, 47),
    classes: 10,
    batch: 4,
    norm: 'linf',
  },
  {
    network: 'resnet50',
    regime: 'standard',
    width: 2,
    stem: 'large',
    images: rgb(64, 33),
    classes: 5,
    batch: 4,
    norm: 'linf',
  },
  { network: 'wrn-34-10', regime: 'madry', width: 4, images: gray(8), classes: 10, batch: 4, norm: 'linf' },
];

/** Wide enough for float32: a narrow, deep network whose batch statistics are over few values magnifies rounding. */
export const fullWidthCases: readonly ParityCase[] = [
  { network: 'resnet18', regime: 'dual-bn', images: rgb(32), classes: 10, batch: 8, norm: 'linf' },
  {
    network: 'resnet18',
    regime: 'dual-bn',
    width: 32,
    stem: 'large',
    images: rgb(65, 96),
    classes: 10,
    batch: 8,
    norm: 'linf',
  },
  { network: 'resnet10', regime: 'hybrid', images: rgb(32), classes: 10, batch: 8, norm: 'l2' },
  {
    network: 'preact-resnet18',
    regime: 'dual-ns',
    width: 32,
    images: gray(28),
    classes: 10,
    batch: 8,
    norm: 'linf',
  },
];

export const titleOf = ({ network, regime, norm, width, stem }: ParityCase) =>
  `${network}${width ? ` of width ${width}` : ''}${stem ? ` with the stem ${stem}` : ''}, ${regime}, ${norm}`;

/** Radius and step of the attacks: the field's 8/255 and 2/255 for L-infinity, and about its 128/255 for L2. */
export const radius = {
  linf: { epsilon: 8 / 255, stepSize: 2 / 255 },
  l2: { epsilon: 0.5, stepSize: 0.125 },
} as const satisfies Record<AscentNormName, unknown>;
