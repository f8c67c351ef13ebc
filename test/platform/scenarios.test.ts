// The connectors of bin/ on an orchestrator with the platform's roles and rules: nothing is objected to.
import {resolve} from 'node:path';
import {expect, test} from '@jest/globals';
import {runScenario, type ScenarioName, scenarios} from './scenarios';

const executables = {
  source: resolve('bin/source-chatgpt-enterprise'),
  destination: resolve('bin/destination-arctera-archive'),
};

test.each(Object.keys(scenarios) as ScenarioName[])('%s', async (name) => {
  expect(await runScenario(name, executables)).toEqual([]);
});
