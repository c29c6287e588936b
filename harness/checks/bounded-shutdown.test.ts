import { expect, test } from 'vitest';
import { boundedShutdown } from './bounded-shutdown.ts';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { Story } from './story-for-test.ts';
import type { Claims } from '../target/claims.ts';
import { DEFAULT_CLAIMS } from '../target/claims.ts';
import type { TargetExit } from '../target/target.ts';

function ended(exit: Partial<TargetExit>, claims: Partial<Claims> = {}, lagMaxMs = 0) {
  const story = new Story();
  story.connect('alice/1').get();
  story.fact('target-exit', { code: 0, signal: null, afterMs: 3_000, ...exit });
  return story.evidence({
    claims: { shutdownMs: 3_000, ...claims },
    noise: { lagMaxMs, probeMaxMs: 0 },
  });
}

test('passes an end within the bound', () => {
  expectPass(boundedShutdown, ended({}));
  expectPass(boundedShutdown, ended({ code: null, signal: 'SIGTERM' }));
});

test('convicts a late end, and one that only SIGKILL brought about', () => {
  expectFindings(
    boundedShutdown,
    ended({ afterMs: 3_001 }),
    /took 3001 ms .* the bound is 3000 ms/,
  );
  const killed = ended({ afterMs: 7_000, code: null, signal: 'SIGKILL' });
  expectFindings(boundedShutdown, killed, /took 7000 ms, and only by SIGKILL/);
});

test('holds a target that claims a bound to an orderly end', () => {
  const declared = { declared: ['shutdownMs'] } as const;
  expectFindings(boundedShutdown, ended({ code: 1 }, declared), /exit code 1 \(signal null\)/);
  expectPass(boundedShutdown, ended({ code: null, signal: 'SIGTERM' }, declared));
  expectPass(boundedShutdown, ended({ code: 143 }, declared));
  expectPass(boundedShutdown, ended({ code: 1 }));
});

test('is inconclusive about a late end on a busy machine, but not about the exit code', () => {
  expectInconclusive(boundedShutdown, ended({ afterMs: 3_500 }, {}, 751), /too busy/);
  expectFindings(
    boundedShutdown,
    ended({ code: 1 }, { declared: ['shutdownMs'] }, 751),
    /exit code 1/,
  );
});

test('is inconclusive without an end, and not applicable without a bound', () => {
  expectInconclusive(boundedShutdown, new Story().evidence(), /nothing to examine/);
  const unbounded = { ...DEFAULT_CLAIMS, shutdownMs: Infinity };
  expect(boundedShutdown.notApplicable?.(unbounded)).toMatch(/no bound/);
});

test('convicts what outlives the process that was started beyond the bound, and tells of both', () => {
  const outlived = { pids: [123], leaderAfterMs: 12, isKilled: true };
  expectFindings(
    boundedShutdown,
    ended({ code: null, signal: 'SIGTERM', afterMs: 7_000, outlived }),
    /process 123 of the target outlived the one that was started and took 7000 ms, and only by SIGKILL, to end .* ended after 12 ms with signal SIGTERM; the bound is 3000 ms/,
  );
  // Killed a moment before the bound, which the scenario set itself: it would not have ended.
  expectFindings(boundedShutdown, ended({ afterMs: 2_000, outlived }), /only by SIGKILL/);
  const late = { ...outlived, pids: [123, 124], isKilled: false };
  expectFindings(
    boundedShutdown,
    ended({ afterMs: 3_001, outlived: late }),
    /processes 123, 124 .* took 3001 ms to end/,
  );
  expectPass(boundedShutdown, ended({ outlived: { ...outlived, isKilled: false } }));
});
