/** A look into a guest that runs: where its vCPUs stand, and what its kernel says to SysRq keys. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { registerWords } from '../../src/ras/vcpu/vcpu-registers.ts';
import { anyKernel, comparedKernels, withGuest } from './support.ts';

/** The kernel's half of the address space. */
const KERNEL = 0xffff_0000_0000_0000n;

for (const { series, path } of comparedKernels()) {
  describe(`guest kernel ${series}`, () => {
    test('registers of two vCPUs that run, again and again, and SysRq', { timeout: 240_000 }, async (t) => {
      await withGuest(
        { kernel: path, cpus: 2, append: 'nokaslr' },
        async (guest, step) => {
          await step('both vCPUs are read, and go on', async () => {
            for (let i = 0; i < 20; i++) {
              const all = await guest.registers();
              assert.deepEqual(
                all.map(({ vcpu, mpState, held }) => [vcpu, mpState, held]),
                [
                  [0, 'runnable', false],
                  [1, 'runnable', false],
                ],
              );
              for (const [index, { registers, serror }] of all.entries()) {
                assert.equal(registers.MPIDR_EL1! & 0xffn, BigInt(index));
                assert.ok(registers.VBAR_EL1! >= KERNEL, `VBAR_EL1 0x${registers.VBAR_EL1!.toString(16)}`);
                assert.equal(registers.SCTLR_EL1! & 1n, 1n);
                assert.equal(serror, undefined);
              }
              assert.equal(all[0]!.registers.VBAR_EL1, all[1]!.registers.VBAR_EL1);
            }
            assert.equal((await guest.command('cpus')).number('online'), 2);
          });
          await step('what they say, in words', async () => {
            const [other] = await guest.registers(1);
            assert.equal(other!.vcpu, 1);
            const all = (await guest.registers()).map(registerWords);
            for (const words of all) {
              assert.match(words.pstate!, /^EL[01][ht] [Nn][Zz][Cc][Vv] [Dd][Aa][Ii][Ff]/);
              assert.match(words.CNTV_CTL_EL0!, /^on|^off/);
              // A vCPU on which nothing but interrupts came has no syndrome.
              assert.match(words.ESR_EL1!, /\(EC 0x[0-9a-f]{2}\)|^no exception yet/);
            }
            // The guest's programs make system calls: on one of both at least.
            assert.ok(all.some(({ ESR_EL1 }) => /\(EC 0x[0-9a-f]{2}\)/.test(ESR_EL1!)));
          });
          await step('a vCPU that is not there', async () => {
            await assert.rejects(guest.registers(2), { code: 'USAGE', message: /vCPUs 0 to 1/ });
          });
          await step('SysRq: each key is answered by the kernel', async () => {
            const from = guest.console.mark;
            for (const key of ['7', 'l', 'w']) await guest.sysrq(key);
            await guest.kernelLine(/^sysrq: Changing Loglevel/, from);
            await guest.kernelLine(/^sysrq: Show backtrace of all active CPUs/, from);
            await guest.kernelLine(/^sysrq: Show Blocked State/, from);
            assert.ok(guest.kernelLines(from).some((line) => /Call trace:/.test(line)));
          });
          await step('the guest lives on', async () => {
            await guest.command('cpus');
            assert.equal((await guest.powerOff()).status, 0);
          });
        },
        t,
      );
    });
  });
}

test('a vCPU that is off is read like one that runs', { timeout: 120_000 }, async () => {
  await withGuest({ kernel: anyKernel().path, cpus: 2, append: 'maxcpus=1' }, async (guest) => {
    for (let i = 0; i < 3; i++) {
      const all = await guest.registers();
      assert.deepEqual(
        all.map(({ mpState, held }) => [mpState, held]),
        [
          ['runnable', false],
          ['stopped', false],
        ],
      );
      // Never switched on: it has not turned its MMU on.
      assert.equal(all[1]!.registers.SCTLR_EL1! & 1n, 0n);
    }
    assert.equal((await guest.command('cpus')).number('online'), 1);
  });
});
