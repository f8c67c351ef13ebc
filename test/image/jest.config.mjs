// Tests of the images, which are built and run here: they need root, buildah, debootstrap and the registries.
import base from '../../jest.config.mjs';

export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/image'],
  testMatch: ['**/*.image.ts'],
  maxWorkers: 1,
};
