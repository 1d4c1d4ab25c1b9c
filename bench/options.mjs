/**
 * The options of a comparison's command line. `--help` prints what stands at the head of its file, so that it is said in one place, and
 * the options with their defaults; what cannot be read is refused in a line, with exit code 2.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** @typedef {{ readonly type: 'string' | 'boolean', readonly default?: string | boolean }} Option */

/** @param {string} url that of the file @param {string} what @returns {never} */
export function refuse(url, what) {
  process.stderr.write(`bench/${basename(fileURLToPath(url))}: ${what}\n`);
  process.exit(2);
}

/**
 * @template {Readonly<Record<string, Option>>} Options
 * @param {string} url that of the file whose options they are, import.meta.url @param {Options} options
 */
export function readOptions(url, options) {
  const { help, ...values } = parsed(url, options);
  if (help) {
    process.stdout.write(helpOf(url, options));
    process.exit(0);
  }
  return values;
}

/**
 * @template {Readonly<Record<string, Option>>} Options
 * @param {string} url @param {Options} options
 */
function parsed(url, options) {
  try {
    const help = /** @type {const} */ ({ type: 'boolean', default: false, short: 'h' });
    return parseArgs({ options: { ...options, help } }).values;
  } catch (error) {
    return refuse(url, `${error instanceof Error ? error.message : error}; --help lists the options`);
  }
}

/** Ends where the text is no whole number of at least 1. @param {string} url @param {string} name @param {string} text */
export function checkWholeNumber(url, name, text) {
  if (!/^[1-9]\d{0,5}$/.test(text)) refuse(url, `--${name} ${text}: expected a whole number of at least 1`);
}

/** @param {string} url @param {Readonly<Record<string, Option>>} options */
function helpOf(url, options) {
  const [, comment = ''] =
    /^\/\*\*\n([\s\S]*?)\n \*\/\n/.exec(readFileSync(fileURLToPath(url), 'utf8')) ?? [];
  const head = comment.replaceAll(/^ \* ?/gm, '');
  const lines = Object.entries(options).map(([name, { type, default: usual }]) => {
    const flag = type === 'string' ? `--${name} <value>` : `--${name}`;
    return typeof usual === 'string' ? `  ${flag.padEnd(24)}default ${usual}` : `  ${flag}`;
  });
  return `${head}\n\nOptions:\n${lines.join('\n')}\n`;
}
