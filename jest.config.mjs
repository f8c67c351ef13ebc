process.env.TZ = 'UTC';

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {'\\.ts$': ['@swc/jest', {jsc: {target: 'es2022', parser: {syntax: 'typescript'}}}]},
  setupFilesAfterEnv: ['<rootDir>/test/support/no-leaks.ts'],
  randomize: true,
  maxWorkers: 2,
  workerIdleMemoryLimit: '512MB', // what one file leaves behind slows down those after it
  testTimeout: 300_000,
};
