// Tests that need a program beside Node, such as a browser.
import base from '../../jest.config.mjs';

export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/servers'],
  testMatch: ['**/*.servers.ts'],
  maxWorkers: 1,
};
