import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { LabFiles, seenInLab } from '../../../src/cli/lab/lab-files.ts';
import { checkInput } from '../../../src/cli/shared/input-file.ts';
import { RasvmError } from '../../../src/core/errors.ts';
import type { Executor } from '../../../src/lab/bundle.ts';
import type { CommandExit, LabProcess } from '../../../src/lab/channel.ts';

/** A share with a file, a cache with a kernel, and a place outside of both. */
function places(t: TestContext) {
  const top = mkdtempSync(join(tmpdir(), 'rasvm-files-'));
  t.after(() => rmSync(top, { recursive: true }));
  for (const name of ['share/sub', 'kernels/6.12-x', 'elsewhere'])
    mkdirSync(join(top, name), { recursive: true });
  for (const name of ['share/sub/initrd', 'kernels/6.12-x/Image', 'elsewhere/Image'])
    writeFileSync(join(top, name), name);
  const at = (name: string) => join(top, name);
  return { at, share: at('share'), kernels: at('kernels') };
}

/** A lab with a set of files: knows the commands that LabFiles gives. */
class FakeLab implements Executor {
  readonly files = new Map<string, string>();
  carried = 0;
  full = false;
  /** What is written into pipes, and the lab's end. */
  readonly pipes: { more(text: string): void; die(error: Error): void }[] = [];
  /** What it gives out, a tar file. */
  archive: Buffer | undefined;

  exec(argv: readonly string[]): LabProcess {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const path = argv.at(-1)!;
    if (argv[0] === 'cat') return this.#pipe(stdin, stdout, stderr);
    const run = async (): Promise<CommandExit> => {
      if (argv[0] === 'mkdir' || argv[2]?.includes('mkfifo')) return { status: 0 };
      if (this.archive) {
        stdout.end(this.archive);
        return { status: 0 };
      }
      if (argv[0] === 'test') return { status: this.files.has(path) ? 0 : 1 };
      if (this.full) {
        stderr.end('cat: write error: No space left on device\n');
        stdin.destroy();
        return { status: 1 };
      }
      const chunks: Buffer[] = [];
      for await (const chunk of stdin) chunks.push(chunk);
      this.files.set(path, Buffer.concat(chunks).toString());
      this.carried++;
      return { status: 0 };
    };
    const exit = run().finally(() => {
      stdout.end();
      stderr.end();
    });
    return { stdin, stdout, stderr, exit, kill() {}, resize() {}, hangup() {} };
  }

  #pipe(stdin: PassThrough, stdout: PassThrough, stderr: PassThrough): LabProcess {
    let hangup!: () => void;
    const exit = new Promise<CommandExit>((resolve, reject) => {
      hangup = () => {
        stdout.end();
        resolve({ status: 137, signal: 'SIGKILL' });
      };
      this.pipes.push({
        more: (text) => stdout.write(text),
        die: (error) => {
          stdout.end();
          reject(error);
        },
      });
    });
    return { stdin, stdout, stderr, exit, kill() {}, resize() {}, hangup };
  }
}

test('a file below the share, or in the cache of kernels, is seen in the lab; another is not', (t) => {
  const { at, share, kernels } = places(t);
  symlinkSync(at('elsewhere/Image'), at('share/link-out'));
  symlinkSync(at('share/sub/initrd'), at('elsewhere/link-in'));
  assert.equal(seenInLab(at('share/sub/initrd'), share, kernels), '/share/sub/initrd');
  assert.equal(seenInLab(at('elsewhere/link-in'), share, kernels), '/share/sub/initrd');
  assert.equal(seenInLab(at('kernels/6.12-x/Image'), share, kernels), '/kernels/6.12-x/Image');
  assert.equal(seenInLab(at('elsewhere/Image'), share, kernels), undefined);
  assert.equal(seenInLab(at('share/link-out'), share, kernels), undefined);
});

test('a file that the lab does not see is carried in, once for each state of it', async (t) => {
  const { at, share } = places(t);
  const lab = new FakeLab();
  const files = new LabFiles(lab, share);

  const first = await files.input(at('elsewhere/Image'));
  assert.equal(await files.input(at('elsewhere/Image')), first);
  assert.deepEqual([lab.carried, lab.files.get(first)], [1, 'elsewhere/Image']);

  writeFileSync(at('elsewhere/Image'), 'a newer build');
  const second = await files.input(at('elsewhere/Image'));
  assert.notEqual(second, first);
  assert.equal(lab.files.get(second), readFileSync(at('elsewhere/Image'), 'utf8'));
});

test('what a file needs beside it is carried in with it', async (t) => {
  const { at, share } = places(t);
  writeFileSync(at('elsewhere/record.bin'), 'a block');
  const lab = new FakeLab();
  const inside = await new LabFiles(lab, share).input(at('elsewhere/Image'), ['record.bin']);
  assert.equal(lab.files.get(join(dirname(inside), 'record.bin')), 'a block');
});

test('a lab without room for a file says so in its own words', async (t) => {
  const { at, share } = places(t);
  const lab = new FakeLab();
  lab.full = true;
  await assert.rejects(new LabFiles(lab, share).input(at('elsewhere/Image')), (error: RasvmError) => {
    assert.equal(error.code, 'LAB');
    assert.match(error.message, /cannot be copied into the lab: cat: write error: No space left on device$/);
    return true;
  });
});

test('a file is written only below the share, in a directory that exists', (t) => {
  const { at, share } = places(t);
  const files = new LabFiles(new FakeLab(), share);
  assert.equal(files.output('--log', at('share/sub/new.json')), '/share/sub/new.json');
  for (const path of [at('elsewhere/new.json'), at('share/none/new.json')])
    assert.throws(
      () => files.output('--log', path),
      (error: RasvmError) => error.code === 'FILE' && error.message.startsWith(`--log ${path}: `),
    );
});

test('results outside of the share are brought out at the end', async (t) => {
  const { at, share } = places(t);
  const lab = new FakeLab();
  const files = new LabFiles(lab, share);
  assert.equal(await files.result('--report', at('share/sub/report.xml')), '/share/sub/report.xml');
  await files.bringOut();

  mkdirSync(at('made/keep'), { recursive: true });
  writeFileSync(at('made/keep/console.log'), 'its words');
  chmodSync(at('made'), 0o777);
  lab.archive = execFileSync('tar', ['-C', at('made'), '-cf', '-', '.']);
  chmodSync(at('elsewhere'), 0o700);
  const inside = await files.result('--keep-in', at('elsewhere/keep'));
  assert.match(inside, /^\/run\/rasvm-files\/\w+\/keep$/);
  await files.bringOut();
  assert.equal(readFileSync(at('elsewhere/keep/console.log'), 'utf8'), 'its words');
  assert.equal(statSync(at('elsewhere')).mode & 0o777, 0o700, "the caller's directory stays as it is");

  lab.archive = undefined;
  rmSync(at('elsewhere/keep'), { recursive: true });
  await files.bringOut();
  assert.throws(() => readFileSync(at('elsewhere/keep/console.log')), 'once only');
});

test('a file to read is looked at before a lab is started', (t) => {
  const { at } = places(t);
  checkInput('--kernel', at('elsewhere/Image'));
  assert.throws(
    () => checkInput('--kernel', at('gone')),
    new RasvmError('FILE', `--kernel ${at('gone')}: there is no such file`),
  );
  assert.throws(
    () => checkInput('--initrd', at('share')),
    new RasvmError('FILE', `--initrd ${at('share')}: it is not a file`),
  );
});

for (const end of ['it is closed', 'the lab dies'] as const)
  test(`what is written into a pipe in the lab is here as far as it came, until ${end}`, {
    timeout: 10_000,
  }, async (t) => {
    const { share } = places(t);
    const lab = new FakeLab();
    const files = new LabFiles(lab, share);
    let come = '';
    await files.pipe('journal', (text) => {
      come += text;
    });
    lab.pipes[0]!.more('one\n');
    lab.pipes[0]!.more('two, cut');
    if (end === 'the lab dies') lab.pipes[0]!.die(new RasvmError('LAB_DIED', 'it died'));
    await files.close();
    assert.equal(come, 'one\ntwo, cut');
  });
