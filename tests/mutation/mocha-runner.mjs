/**
 * Runs tests for StrykerJS, in one process and over and over. StrykerJS has a runner for Mocha of its own, but the version that
 * runs on Node 20 does not know Mocha 12.
 */
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { commonTokens, declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  determineHitLimitReached,
  DryRunStatus,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import Mocha from 'mocha';
import collectFiles from 'mocha/lib/cli/collect-files.cjs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

/** Returns the files that match, of which those of a pattern must be fast. */
const filesOf = (testFiles, { ignore }) => {
  const isPattern = (name) => /[*{]/.test(name);
  const { files } = collectFiles({
    file: testFiles.filter((name) => !isPattern(name)),
    spec: testFiles.filter(isPattern),
    ignore,
    extension: ['.ts'],
    recursive: false,
    sort: true,
  });
  // What takes longer comes last: the first test that fails ends the run of a mutant.
  const isHttp = (file) => file.includes('http');
  return [...files.filter((file) => !isHttp(file)), ...files.filter(isHttp)];
};

const setBail = (suite, bail) => {
  suite.bail(bail);
  for (const inner of suite.suites) setBail(inner, bail);
};

const escaped = (title) => title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Runs what is loaded; resolves with the results that StrykerJS expects. */
const runOnce = (mocha) =>
  new Promise((done) => {
    const tests = [];
    const runner = mocha.run(() => done(tests));
    runner.on('pass', (test) => {
      const title = test.fullTitle();
      tests.push({ id: title, name: title, timeSpentMs: test.duration, status: TestStatus.Success });
    });
    runner.on('fail', (test, { message }) => {
      // A hook fails in the place of the test that it prepares.
      const title = (test.ctx?.currentTest ?? test).fullTitle();
      const status = TestStatus.Failed;
      tests.push({ id: title, name: title, timeSpentMs: 0, status, failureMessage: message });
    });
  });

const createRunner = ({ testFiles }) => {
  const context = (globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {});
  let mocha;
  let all;
  let isLoaded = false;

  /** A module is evaluated once: a static mutant is there from the start, in a process of its own. */
  const run = async ({ tests, bail, mutant, isStatic }) => {
    try {
      if (!isLoaded) {
        context.activeMutant = isStatic ? mutant : undefined;
        await mocha.loadFilesAsync();
        isLoaded = true;
      }
      setBail(mocha.suite, bail);
      mocha.grep(tests);
      context.activeMutant = mutant;
      const results = await runOnce(mocha);
      const isEndless = determineHitLimitReached(context.hitCount, context.hitLimit);
      return isEndless ?? { status: DryRunStatus.Complete, tests: results };
    } catch (error) {
      return { status: DryRunStatus.Error, errorMessage: error.stack ?? String(error) };
    }
  };

  return {
    capabilities: () => ({ reloadEnvironment: false }),

    init: async () => {
      // Here and not by --import: only now the working directory is the sandbox, whose tsconfig.json counts.
      await import('tsx');
      const config = JSON.parse(await readFile('tests/fast.mocharc.json', 'utf8'));
      all = new RegExp(`^(?!.*(?:${config.grep}))`);
      const { mochaHooks } = await import(resolve(config.require));
      mocha = new Mocha({ reporter: function () {}, timeout: 0, rootHooks: mochaHooks });
      mocha.cleanReferencesAfterRun(false);
      for (const file of new Set(filesOf(testFiles, config))) mocha.addFile(file);
      mocha.suite.beforeEach(function () {
        context.currentTestId = this.currentTest.fullTitle();
      });
    },

    dryRun: async ({ disableBail }) => {
      const result = await run({ tests: all, bail: !disableBail });
      return { ...result, mutantCoverage: context.mutantCoverage };
    },

    mutantRun: async ({ activeMutant, testFilter, disableBail, hitLimit, mutantActivation }) => {
      context.hitLimit = hitLimit;
      context.hitCount = hitLimit === undefined ? undefined : 0;
      const tests = testFilter ? new RegExp(`^(?:${testFilter.map(escaped).join('|')})$`) : all;
      const isStatic = mutantActivation === 'static';
      return toMutantRunResult(await run({ tests, bail: !disableBail, mutant: activeMutant.id, isStatic }));
    },
  };
};
createRunner.inject = [commonTokens.options];

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'mocha', createRunner)];
