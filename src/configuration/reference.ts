/** Writes docs/configuration.md from the schema. A test keeps the file and the schema together. */

import { KEYS, type Key } from './keys.ts';

const INTRODUCTION = `# Configuration

What a run is asked to do, as YAML. \`dualbn train\` takes a preset (\`tiny\`, \`small\`, \`paper\`) or a file, and \`--set
key=value\` for single keys, with dotted paths and YAML values:

    dualbn train small --set attack.epsilon=16/255 --set 'schedule.milestones=[50, 52]'

A file need only say what differs from the defaults below, or from what it \`extends\`:

    extends: small
    seed: 1
    regime:
      name: dual-ap

\`extends\` names a preset or another file, relative to the file that says it. Choosing another \`regime.name\`,
\`network.name\`, \`optimizer.kind\`, \`schedule.kind\` or \`attack.start.kind\` drops what a preset said beside the former one.
\`dualbn config PRESET|FILE [--set ...]\` prints the complete configuration and stops at all that is wrong with it.

Sizes such as \`attack.epsilon\` are for inputs in [0, 1] and are kept as written: \`8/255\` stays \`8/255\` in every report.
Epochs are passes over the training images, counted from 0.
`;

/** The reference, as Markdown: a table of the top-level keys, then one of each section. */
export function renderReference(): string {
  const sections = KEYS.filter((key) => key.isSection && !key.path.includes('.'));
  const topLevel = KEYS.filter((key) => !key.isSection && !key.path.includes('.'));
  return [
    INTRODUCTION,
    '## Top level\n',
    table(topLevel),
    ...sections.flatMap((section) => [
      `## ${section.path}\n`,
      ...(section.description === '' ? [] : [`${section.description}\n`]),
      table(KEYS.filter((key) => !key.isSection && key.path.startsWith(`${section.path}.`))),
    ]),
  ].join('\n');
}

function table(keys: readonly Key[]): string {
  const rows = keys.map(({ path, values, byDefault, when, description }) => {
    const meaning = when === undefined ? description : `With \`${when}\`. ${description}`;
    return `| \`${path}\` | ${values} | ${defaultCell(byDefault, when)} | ${meaning} |`;
  });
  return ['| key | values | default | meaning |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function defaultCell(byDefault: string | undefined, when: string | undefined): string {
  if (byDefault === undefined) return when === undefined ? '' : 'must be given';
  return /[ `]/.test(byDefault) && !byDefault.startsWith('[') ? byDefault : `\`${byDefault}\``;
}
