/** Reads the machine's own apt sources (sources.list(5)) to learn where its Debian archive is. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RasvmError } from '../core/errors.ts';

export interface Source {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** Path of a key file, or the key itself (deb822 allows both). */
  readonly signedBy?: string;
}

/** Where the Debian archive is and how its signature is checked. */
export interface Mirror {
  readonly uri: string;
  readonly signedBy?: string;
}

/** The suites that rasvm may take packages from, and their other names. */
const MAIN_SUITES = new Set(
  'stretch buster bullseye bookworm trixie forky duke sid oldoldstable oldstable stable testing unstable'.split(
    ' ',
  ),
);
const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** One-line style: `deb [ option=value ... ] uri suite component ...`. */
export function parseOneLine(text: string): Source[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)((?:\s+[^\s#]+)*)/.exec(line);
    if (!match) return [];
    const [, options = '', uri, suite, components = ''] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1];
    return [
      {
        uri: uri!,
        suite: suite!,
        components: words(components),
        ...(signedBy === undefined ? {} : { signedBy }),
      },
    ];
  });
}

/** deb822 style: stanzas of `Field: value`, continued by indented lines. */
export function parseDeb822(text: string): Source[] {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .split(/\n(?:[ \t]*\n)+/)
    .flatMap(parseStanza);
}

function parseStanza(stanza: string): Source[] {
  const fields = new Map<string, string>();
  let name = '';
  for (const line of stanza.split('\n')) {
    const match = /^([A-Za-z0-9-]+):[ \t]*(.*)$/.exec(line);
    if (match) {
      name = match[1]!.toLowerCase();
      fields.set(name, match[2]!);
    } else if (/^[ \t]/.test(line)) fields.set(name, `${fields.get(name) ?? ''}\n${line}`);
  }
  if (!words(fields.get('types')).includes('deb')) return [];
  if (/^(no|false|0|off|disable)$/i.test(fields.get('enabled') ?? '')) return [];
  const signedBy = fields.get('signed-by');
  return words(fields.get('uris')).flatMap((uri) =>
    words(fields.get('suites')).map((suite) => ({
      uri,
      suite,
      components: words(fields.get('components')),
      ...(signedBy === undefined ? {} : { signedBy }),
    })),
  );
}

function words(text = ''): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** The first source of a Debian suite's main part: not security, not updates, not somebody else's archive. */
export function chooseMirror(sources: readonly Source[]): Mirror | undefined {
  const main = sources.find(({ suite, components }) => MAIN_SUITES.has(suite) && components.includes('main'));
  if (!main) return undefined;
  return { uri: main.uri, ...(main.signedBy === undefined ? {} : { signedBy: main.signedBy }) };
}

/**
 * The machine's Debian mirror; $RASVM_DEBIAN_MIRROR (a URI) goes first, for machines of another distribution.
 * @param etc apt's configuration directory.
 * @throws RasvmError ARCHIVE when there is none.
 */
export async function findMirror(etc = '/etc/apt'): Promise<Mirror> {
  const uri = process.env.RASVM_DEBIAN_MIRROR;
  if (uri) return { uri, signedBy: DEBIAN_KEYRING };
  const parts = await readdir(join(etc, 'sources.list.d')).catch(() => []);
  const files = ['sources.list', ...parts.sort().map((name) => join('sources.list.d', name))];
  const sources = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(etc, file), 'utf8').catch(() => '');
      if (file.endsWith('.list')) return parseOneLine(text);
      return file.endsWith('.sources') ? parseDeb822(text) : [];
    }),
  );
  const mirror = chooseMirror(sources.flat());
  if (mirror) return mirror;
  throw new RasvmError(
    'ARCHIVE',
    `no Debian archive in ${etc}: set RASVM_DEBIAN_MIRROR to the URI of one (and install debian-archive-keyring)`,
  );
}
