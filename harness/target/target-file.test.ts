import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findTargetFile, planFor } from './find-target.ts';
import { DEFAULT_CLAIMS } from './claims.ts';
import { parseTargetFile, readTargetFile } from './target-file.ts';

const parse = (text: string) => parseTargetFile('my.yaml', text);

describe('an error names the line and the field', () => {
  test.each([
    ['name: x\nendpoint: [', /^my\.yaml:2: not YAML: /],
    ['name: x\nendpoint: *y', /^my\.yaml: not YAML: Unresolved alias/],
    ['name: x', /^my\.yaml:1: endpoint: it is missing$/],
    ['name: x\nendpoint: y\nlanes: many', /^my\.yaml:3: lanes: it must be a number$/],
    [
      'name: x\nendpoint: y\nclaims:\n  loss: maybe',
      /^my\.yaml:4: claims\.loss: it must be one of told, silent$/,
    ],
    [
      'name: x\nendpoint: y\nclaims:\n  los: told',
      /^my\.yaml:4: claims\.los: there is no such field; there are sessions, .*loss/,
    ],
    [
      'name: x\nendpoint: y\nusers:\n  al:\n    headers:\n      A: 1',
      /^my\.yaml:6: users\.al\.headers\.A: /,
    ],
    ['name: x\nendpoint: y\n\ncomand: z', /^my\.yaml:4: comand: /],
    ['name: x\nendpoint: y\nversion: 1.10', /^my\.yaml:3: version: /],
    ['- a', /^my\.yaml:1: it must be a map of fields$/],
    ['', /^my\.yaml:1: the file is empty: give it at least a name and an endpoint$/],
  ])('%j', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  test('a file that is not there', async () => {
    await expect(readTargetFile('/nowhere/x.yaml')).rejects.toMatchObject({ exitCode: 64 });
  });
});

describe('a file on disk', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'target-file-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const write = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };

  test('fills in what it leaves out, and counts as a claim what it says', async () => {
    const spec = await readTargetFile(
      await write(
        'a.yaml',
        'name: x\nversion: "1.0"\nendpoint: y\nclaims:\n  getWithoutSession: 405',
      ),
    );
    expect(spec).toMatchObject({ name: 'x', version: '1.0', lanes: 1, users: {}, cwd: folder });
    expect(spec.claims).toEqual({
      ...DEFAULT_CLAIMS,
      declared: ['getWithoutSession'],
      getWithoutSession: '405',
    });
    expect(spec).not.toHaveProperty('command');
  });

  test('what could never start is refused before anything is started', async () => {
    const target = await write('d.yaml', 'name: x\nendpoint: not a url\ncommand: gw $PORT');
    const sentence = /^the target .*d\.yaml cannot be used: the endpoint "not a url" is no URL$/;
    await expect(planFor({ target })).rejects.toThrow(sentence);
    await expect(planFor({ target })).rejects.toMatchObject({ exitCode: 64 });
  });

  test('loads the module beside it', async () => {
    await write('m.mjs', 'export default { provision: async () => ({}) }');
    const spec = await readTargetFile(
      await write('b.yaml', 'name: x\nendpoint: y\nmodule: ./m.mjs'),
    );
    expect(spec.module).toHaveProperty('provision');
  });

  test.each([
    ['./gone.mjs', /does not exist/],
    ['./bare.mjs', /no default export/],
    ['./bad.mjs', /cannot be loaded/],
  ])('says what is wrong with module %s', async (module, message) => {
    await write('bare.mjs', 'export const x = 1');
    await write('bad.mjs', 'export default {');
    const path = await write('c.yaml', `name: x\nendpoint: y\nmodule: ${module}`);
    await expect(readTargetFile(path)).rejects.toThrow(message);
  });
});

test('the files that we ship can be read', async () => {
  const spec = await readTargetFile(await findTargetFile('reference'));
  expect(spec.claims).toMatchObject({ sessions: 'per-client', upstreams: 'many', users: 1000 });
  expect(spec.module).toHaveProperty('admin');
});
