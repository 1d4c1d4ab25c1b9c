/** Every way in which the layers of a network can differ from the plain one, as small networks for the tests of all. */
import { normals, uniforms } from '../../random/index.ts';
import type { Cell } from '../cell.ts';
import { initialValue, makeNetwork, type NetworkOptions, type NetworkVariable } from '../index.ts';

export const images = { channels: 2, height: 8, width: 8 };
export const classes = 3;
const both = ['clean', 'adv'];
const one = { statistics: ['shared'], affine: ['shared'] };
const plain: Cell = { statistics: 'shared', affine: 'shared' };

export interface TestedDesign {
  readonly what: string;
  readonly network: 'resnet8' | 'preact-resnet18';
  readonly options: Pick<NetworkOptions, 'sets' | 'adapters' | 'normalization'>;
  /** How the clean and the adv half go through it. */
  readonly halves: readonly [clean: Cell, adv: Cell];
}

const same = (cell: Cell) => [cell, cell] as const;
const apart = (axis: 'adapter' | 'head') =>
  [
    { ...plain, [axis]: 'clean' },
    { ...plain, [axis]: 'adv' },
  ] as const;
const ofOne = (options: TestedDesign['options']) => ({
  options: { sets: one, ...options },
  halves: same(plain),
});
const adapted = (adapters: NetworkOptions['adapters']) => ({
  options: { sets: { ...one, adapters: both }, ...(adapters ? { adapters } : {}) },
  halves: apart('adapter'),
});

export const designs: readonly TestedDesign[] = [
  {
    what: 'group normalization',
    network: 'resnet8',
    ...ofOne({ normalization: { kind: 'group', groups: 2 } }),
  },
  { what: 'instance normalization', network: 'resnet8', ...ofOne({ normalization: { kind: 'instance' } }) },
  { what: 'layer normalization', network: 'resnet8', ...ofOne({ normalization: { kind: 'layer' } }) },
  { what: 'no affine parameters', network: 'resnet8', ...ofOne({ normalization: { affine: false } }) },
  {
    what: 'group normalization without affine parameters',
    network: 'resnet8',
    ...ofOne({ normalization: { kind: 'group', groups: 4, affine: false } }),
  },
  {
    what: 'a sandwich',
    network: 'resnet8',
    options: { sets: { statistics: both, affine: both }, normalization: { sandwich: true } },
    halves: [
      { statistics: 'clean', affine: 'clean' },
      { statistics: 'adv', affine: 'adv' },
    ],
  },
  {
    what: 'layer normalization in a sandwich',
    network: 'resnet8',
    options: {
      sets: { statistics: ['shared'], affine: both },
      normalization: { kind: 'layer', sandwich: true },
    },
    halves: [
      { statistics: 'shared', affine: 'clean' },
      { statistics: 'shared', affine: 'adv' },
    ],
  },
  { what: 'parallel adapters', network: 'resnet8', ...adapted({ kind: 'parallel', rank: 'full' }) },
  { what: 'parallel adapters of rank 2', network: 'resnet8', ...adapted({ kind: 'parallel', rank: 2 }) },
  { what: 'serial adapters', network: 'resnet8', ...adapted({ kind: 'serial', rank: 'full' }) },
  {
    what: 'serial adapters of rank 1 in a pre-activation network',
    network: 'preact-resnet18',
    ...adapted({ kind: 'serial', rank: 1 }),
  },
  {
    what: 'dual linear heads',
    network: 'resnet8',
    options: { sets: { ...one, heads: both } },
    halves: apart('head'),
  },
];

export const designed = ({ network, options }: TestedDesign) =>
  makeNetwork(network, { images, classes, width: 4, ...options });

/** A value of a variable that no other has, and that no training begins from: everything takes part, branches apart. */
export function arbitrary(variable: NetworkVariable, at: number): Float64Array {
  const { name, role } = variable;
  const values = initialValue(variable, 0);
  const key = { seed: 4, purpose: 'noise', example: at } as const;
  if (role === 'adapter') normals(key, values, 0, 0.3);
  if (role === 'affine' || role === 'statistic') {
    if (name.endsWith('weight') || name.endsWith('var')) uniforms(key, values, 0.6, 1.5);
    else normals(key, values, 0, 0.2);
  }
  return Float64Array.from(values);
}
