/** The page that every report is: one HTML file that opens offline and needs no script. What it says is in its sections. */
import { moment } from './format.ts';
import { type Html, html, trusted } from './html.ts';
import type { Generated } from './model.ts';
import { blockHtml } from './sections/block-html.ts';
import type { Section } from './sections/section.ts';
import { styles } from './styles.ts';

export interface Page {
  readonly title: string;
  /** Beneath the title. */
  readonly lead: string;
  readonly generated: Generated;
  /** Between contents and sections: what nobody may miss. */
  readonly notice?: Html | undefined;
  readonly sections: readonly Section[];
}

/** The whole file as text. Deterministic: equal pages give equal files. */
export const pageHtml = ({ title, lead, generated, notice, sections }: Page): string =>
  html`<!doctype html>
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
<p class="lead">${lead}</p>
<nav aria-label="Contents"><ul>${sections.map(({ id, heading }) => html`<li><a href="#${id}">${heading}</a></li>`)}</ul></nav>
${notice}
</header>
${sections.map(sectionHtml)}
</main>
<footer><p>Made by dualbn ${generated.version} on ${moment(generated.date)} with <code>${generated.command}</code></p></footer>
</body>
</html>
`.text;

const sectionHtml = ({ id, heading, mark, apart, blocks }: Section): Html =>
  html`<section id="${id}"${apart && trusted(' class="apart"')}>
<h2>${heading}${mark && html` ${mark}`}</h2>
${blocks.map(blockHtml)}
</section>
`;
