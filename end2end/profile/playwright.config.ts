import config from '../playwright.config.ts';

/** Finds out which functions pages need at first (`bin/profile`). These are no tests. */
export default {
  ...config,
  projects: [{ name: 'profile' }],
  testDir: '.',
  outputDir: '../test-results/profile',
  reporter: 'list',
  timeout: 180_000,
};
