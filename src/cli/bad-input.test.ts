/** Usage, configurations and data sets that are wrong. A new command adds its rows here or to a table beside. */

import { type Case, refuses } from './testing/bad-input.ts';

const file = (name: string, content: string | Uint8Array, ...says: readonly string[]): Case => ({
  name: `a configuration ${name}`,
  argv: ['config', 'FOLDER/mine.yaml'],
  files: { 'mine.yaml': content },
  says,
});
const set = (override: string, ...says: readonly string[]): Case => ({
  name: `--set ${override}`,
  argv: ['config', 'small', '--set', override],
  says,
});

const cases: readonly Case[] = [
  { name: 'no command', argv: [], says: ['Usage: dualbn'] },
  { name: 'an unknown command', argv: ['trian'], says: ["error: unknown command 'trian'"] },
  {
    name: 'an unknown option',
    argv: ['config', '--jsn'],
    says: ["unknown option '--jsn'", 'Did you mean --json?'],
  },
  { name: 'an argument too many', argv: ['config', 'tiny', 'small'], says: ['too many arguments'] },
  {
    name: 'an option without its value',
    argv: ['config', '--set'],
    says: ["'--set <key=value>' argument missing"],
  },
  { name: 'a group without a command', argv: ['data'], says: ['Usage: dualbn data'] },

  {
    name: 'an unknown preset',
    argv: ['config', 'papr'],
    says: ["unknown preset 'papr'; did you mean paper?"],
  },
  {
    name: 'a missing file',
    argv: ['config', 'FOLDER/none.yaml'],
    says: ['cannot read FOLDER/none.yaml: no such file or folder'],
  },
  { name: 'a folder as file', argv: ['config', 'FOLDER/'], says: ['it is a folder, not a file'] },
  file(
    'that is no text',
    new Uint8Array([0xff, 0xfe, 0x00]),
    'FOLDER/mine.yaml: it is not a text file in UTF-8',
  ),
  file('that is no YAML', 'attack: [8/255\n', 'cannot read FOLDER/mine.yaml as YAML:', 'FOLDER/mine.yaml:'),
  file('that is a list', '- seed: 1\n', 'expected a mapping of keys to values at the top'),
  file(
    'with a key twice',
    'seed: 1\nepochs: 2\nseed: 2\n',
    'FOLDER/mine.yaml:3: the key seed is there twice',
  ),
  file(
    'with an unknown section',
    'atack:\n  steps: 3\n',
    'atack: unknown key; did you mean attack? (FOLDER/mine.yaml:1)',
  ),
  file(
    'with an unknown key',
    'attack:\n  epsilom: 8/255\n',
    'attack.epsilom: unknown key; did you mean attack.epsilon?',
  ),
  file('with a key in the wrong place', 'learningRate: 0.1\n', 'did you mean optimizer.learningRate?'),
  file(
    'with an empty section',
    'optimizer:\n',
    'optimizer: expected a mapping, found nothing (FOLDER/mine.yaml:1)',
  ),
  file('that extends nothing known', 'extends: smll\n', "unknown preset 'smll'; did you mean small?"),
  file('that extends itself', 'extends: ./mine.yaml\n', 'extend each other in a circle'),
  file(
    'with many problems',
    'seed: one\nepochs: 0\nattack:\n  norm: l3\n  steps: -1\n',
    'the configuration has 4 problems:',
    "seed: expected a number, found 'one' (FOLDER/mine.yaml:1)",
    'epochs: expected at least 1, found 0 (FOLDER/mine.yaml:2)',
    "attack.norm: expected one of linf, l2, found 'l3'",
    'attack.steps: expected at least 0, found -1 (FOLDER/mine.yaml:5)',
  ),

  set('epochs', '--set epochs: expected key=value'),
  set('epochs=', 'expected a YAML value after the =, found nothing'),
  set('epochs=[1', "expected a YAML value after the =, found '[1'"),
  set('epochs=2.5', 'epochs: expected a whole number, found 2.5 (--set epochs=2.5)'),
  set('epochs=two', "epochs: expected a number, found 'two'"),
  set(
    'attack.epsilon=8',
    'attack.epsilon: expected at most 1, for inputs in [0, 1], found 8; did you mean 8/255?',
  ),
  set('attack.epsilon=-8/255', 'attack.epsilon: expected a size such as 8/255 or a number, found "-8/255"'),
  set('attack.epsilon=8:255', 'attack.epsilon: expected a size such as 8/255'),
  set('attack.norm=l2', 'evaluation.epsilon: expected a bound for pgd-10 (linf)'),
  set('evaluation.attacks=[pgd]', 'evaluation.attacks.0: expected one of fgsm, pgd-<N>'),
  set('network.name=resnet-18', 'network.name: expected one of resnet8, ', 'did you mean resnet18?'),
  set('network.width=0', 'network.width: expected at least 1, found 0'),
  set('regime.name=dualbn', 'regime.name: expected one of standard, madry', 'did you mean dual-bn?'),
  set('regime.alpha=50', 'regime.alpha: expected at most 1, found 50'),
  set(
    'schedule={kind: piecewise, milestones: [5, 3], factors: [0.1, 0.01]}',
    'expected rising epochs, found [5, 3]',
  ),
  set(
    'schedule={kind: piecewise, milestones: [5], factors: []}',
    'expected one factor a milestone (1), found 0',
  ),
  set('schedule.peak=9', 'schedule.peak: expected less than epochs (8), found 9'),
  set('schedule.warmup=1', 'schedule.warmup: exists only with schedule.kind: cosine'),
  set('data.validationExamples=0', 'checkpoint.best: expected none, because there are no validation images'),
  set('engine.name=cuda', 'engine.name: expected one of auto, onednn, onnx, reference'),
  set('__proto__.polluted=1', '__proto__: unknown key'),

  {
    name: 'a device for an engine that knows only the processor',
    argv: ['bench', '--engine', 'reference', '--device', 'webgpu'],
    says: ['engine reference: runs on the processor only; for webgpu use the engine onnx'],
  },
  {
    name: 'an unknown data set to get',
    argv: ['data', 'get', 'cifar10'],
    says: ["there is no data set 'cifar10': expected one of cifar-10, ", '; did you mean cifar-10?'],
  },
  {
    name: 'own data to get',
    argv: ['data', 'get', 'folder:FOLDER'],
    says: ['data of your own: there is nothing'],
  },
  {
    name: 'an unknown data set to check',
    argv: ['data', 'check', 'mnits'],
    says: ["there is no data set 'mnits'", 'did you mean mnist?'],
  },
  {
    name: 'a data set that is not here',
    argv: ['data', 'check', 'cifar-100', '--data', 'FOLDER'],
    says: ['CIFAR-100 was not found', 'dualbn data get cifar-100'],
  },
  {
    name: 'a data directory that is missing',
    argv: ['data', 'list', '--data', 'FOLDER/none'],
    says: ['--data: there is no directory FOLDER/none'],
  },
  {
    name: 'a data directory without a name',
    argv: ['data', 'list', '--data', ''],
    says: ['--data is empty: give the path of a directory'],
  },
  {
    name: 'a folder to write to without a name',
    argv: ['demo', '--out', ''],
    says: ['--out is empty: give the path of a directory'],
  },
  {
    name: 'a file to write without a name',
    argv: ['report', 'FOLDER', '--out', ''],
    says: ['--out is empty: give the path of a file'],
  },
  {
    name: 'a folder for images without a name',
    argv: ['evaluate', 'FOLDER', '--save-images', ''],
    says: ['--save-images is empty: give the path of a folder'],
  },
  { name: 'a run without a name', argv: ['evaluate', ''], says: ['the argument <run> is empty'] },
  {
    name: 'a truncated data file',
    argv: ['data', 'check', 'cifar-10', '--data', 'FOLDER'],
    files: Object.fromEntries(
      ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'].map(
        (name) => [`${name}.bin`, new Uint8Array(3073)],
      ),
    ),
    says: ['FOLDER/data_batch_1.bin', 'truncated', '30,730,000 bytes', '3,073'],
  },
];

refuses(cases);
