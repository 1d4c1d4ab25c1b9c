/** Images of one's own, in memory: train, evaluate, analyze, report. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analyze, evaluate, htmlReport, train } from 'dualbn';
import { affineAnalysis } from 'dualbn/analysis';
import { datasets, settings } from './toy-data.ts';

const folder = await mkdtemp(join(tmpdir(), 'dualbn-own-data-'));
const { run } = await train({ settings, datasets, directory: join(folder, 'dual-bn') });

const { document } = await evaluate(run, { datasets });
for (const { statistics, affine, clean, robust } of document.grid)
  console.log(`NS ${statistics}, AP ${affine}: clean ${clean}, pgd-4 ${robust['pgd-4']}`);

const { document: analysis } = await analyze(run, affineAnalysis, {}, { datasets });
console.log(`distances between branches: ${analysis.request.analysis}, ${Object.keys(analysis.result)}`);

await writeFile(join(folder, 'report.html'), await htmlReport([run]));
console.log(`report: ${join(folder, 'report.html')}`);
