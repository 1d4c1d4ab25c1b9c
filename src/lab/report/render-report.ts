/** The report: one HTML file that opens offline and needs no script. What it holds is a list of sections. */
import { moment, plural } from './format.ts';
import { type Html, html, trusted } from './html.ts';
import type { Report } from './model.ts';
import { alarmsHtml } from './sections/alarms.ts';
import { comparison } from './sections/comparison.ts';
import { notes } from './sections/notes.ts';
import { overview } from './sections/overview.ts';
import { eachRun } from './sections/run.ts';
import type { Section, SectionMaker } from './sections/section.ts';
import { styles } from './styles.ts';

const parts: readonly SectionMaker[] = [overview, comparison, eachRun, notes];

/** The whole file as text. Deterministic: equal reports give equal files. */
export async function renderReport(report: Report): Promise<string> {
  const { title, runs, generated } = report;
  const sections = (await Promise.all(parts.map((part) => part(report)))).flat();
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="dualbn ${generated.version}">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${trusted(styles)}</style>
</head>
<body>
<main>
<header>
<h1>${title}</h1>
<p class="lead">${plural(runs.length, 'run')}, ${moment(generated.date)}</p>
<nav aria-label="Contents"><ul>${sections.map(({ id, heading }) => html`<li><a href="#${id}">${heading}</a></li>`)}</ul></nav>
${alarmsHtml(runs)}
</header>
${sections.map(sectionHtml)}
</main>
<footer><p>Made by dualbn ${generated.version} on ${moment(generated.date)} with <code>${generated.command}</code></p></footer>
</body>
</html>
`;
  return page.text;
}

const sectionHtml = ({ id, heading, body }: Section): Html =>
  html`<section id="${id}"${id.startsWith('run-') && trusted(' class="run"')}>
<h2>${heading}</h2>
${body}
</section>
`;
